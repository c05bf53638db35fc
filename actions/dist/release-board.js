import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a as te,e as re}from"./chunks/chunk-OHYIFNIW.js";import{m as K}from"./chunks/chunk-P7GKAQLN.js";import{a as Q,c as X}from"./chunks/chunk-EKSOQQIW.js";import"./chunks/chunk-UGWVQQLF.js";import{a as ee}from"./chunks/chunk-H6Z6I2GI.js";import{a as B}from"./chunks/chunk-HN6GWKZI.js";import{a as b}from"./chunks/chunk-W3PI6LSN.js";import"./chunks/chunk-7ZNEQLCS.js";import{a as J}from"./chunks/chunk-T5NJUDYW.js";import{b as V}from"./chunks/chunk-EWQBUJYZ.js";import{g as I,h as T,k as U,m as P,n as $,o as z,r as _,s as x,y as Y}from"./chunks/chunk-CAEF3OFI.js";import"./chunks/chunk-X6BSKVVA.js";import"./chunks/chunk-FGKE4ZVU.js";import"./chunks/chunk-IUGBUWOM.js";import{b as N}from"./chunks/chunk-55DYVXRF.js";import"./chunks/chunk-HZJZVDD2.js";import"./chunks/chunk-LVWAYYAB.js";import"./chunks/chunk-WGYCH7FE.js";import"./chunks/chunk-TF4XDUE7.js";import"./chunks/chunk-M6AAHMQN.js";import"./chunks/chunk-AZMJO6RZ.js";import"./chunks/chunk-XD27U76H.js";import"./chunks/chunk-BFBKL43R.js";import"./chunks/chunk-PJ4MGNGH.js";import"./chunks/chunk-R622N3NO.js";import"./chunks/chunk-RSGFKUPQ.js";import"./chunks/chunk-RJLVLSCK.js";import"./chunks/chunk-2AP7R2FH.js";import{b as Z}from"./chunks/chunk-GSS7PW3T.js";import"./chunks/chunk-STCEIBMN.js";import"./chunks/chunk-VIWQESHZ.js";import{c as G}from"./chunks/chunk-CTSHGQZZ.js";import{a as W}from"./chunks/chunk-ZNJHXWIJ.js";import"./chunks/chunk-2OKQFWOK.js";import{a as F}from"./chunks/chunk-I5ZGSE2K.js";import"./chunks/chunk-7QLV746E.js";import{d as M}from"./chunks/chunk-CWFVKPNP.js";import"./chunks/chunk-ET6DPJGL.js";import{a as p,b as C,c as q,d as h}from"./chunks/chunk-7A4FYOPX.js";import{n as S}from"./chunks/chunk-ZDW4URYD.js";import"./chunks/chunk-HFHZAMUV.js";import{mkdir as ct,writeFile as mt}from"node:fs/promises";import Oe from"node:path";var He={Stringify:1,BeforeStream:2,Stream:3},y=(e,r)=>{let t=new String(e);return t.isEscaped=!0,t.callbacks=r,t},Le=/[&<>'"]/,ne=async(e,r)=>{let t="";r||=[];let n=await Promise.all(e);for(let o=n.length-1;t+=n[o],o--,!(o<0);o--){let i=n[o];if(i==null||typeof i=="boolean")continue;if(typeof i=="number"){t+=i;continue}typeof i=="object"&&r.push(...i.callbacks||[]);let s=i.isEscaped;if(i=await(typeof i=="object"?i.toString():i),typeof i=="object"&&r.push(...i.callbacks||[]),i.isEscaped??s)t+=i;else{let a=[t];R(i,a),t=a[0]}}return y(t,r)},R=(e,r)=>{let t=e.search(Le);if(t===-1){r[0]+=e;return}let n,o,i=0;for(o=t;o<e.length;o++){switch(e.charCodeAt(o)){case 34:n="&quot;";break;case 39:n="&#39;";break;case 38:n="&amp;";break;case 60:n="&lt;";break;case 62:n="&gt;";break;default:continue}r[0]+=e.substring(i,o)+n,i=o+1}r[0]+=e.substring(i,o)},oe=e=>{let r=e.callbacks;if(!r?.length)return e;let t=[e],n={};return r.forEach(o=>o({phase:He.Stringify,buffer:t,context:n})),t[0]};var d=(e,...r)=>{let t=[""];for(let n=0,o=e.length-1;n<o;n++){t[0]+=e[n];let i=Array.isArray(r[n])?r[n].flat(1/0):[r[n]];for(let s=0,a=i.length;s<a;s++){let l=i[s];if(typeof l=="string")R(l,t);else if(typeof l=="number")t[0]+=l;else{if(typeof l=="boolean"||l===null||l===void 0)continue;if(typeof l=="object"&&l.isEscaped)if(l.callbacks)t.unshift("",l);else{let m=l.toString();m instanceof Promise?t.unshift("",m):t[0]+=m}else l instanceof Promise?t.unshift("",l):R(l.toString(),t)}}}return t[0]+=e.at(-1),t.length===1?"callbacks"in t?y(oe(y(t[0],t.callbacks))):y(t[0]):ne(t,t.callbacks)};function ie({title:e,style:r,header:t,main:n}){let o=d`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="referrer" content="no-referrer" />
        <title>${e}</title>
        <style>
          ${y(r)}
        </style>
      </head>
      <body>
        <header>
          <h1>${e}</h1>
          ${t}
        </header>
        <main>${n}</main>
      </body>
    </html> `;if(o instanceof Promise)throw new Error("a template of the page waits for a value");return o.toString()}var A=1440*6e4,H=365;function de(e,{attempts:r},t,n){let o=n-H*A,i=r.toReversed(),s=i.filter(ce).map(f=>({attempt:f,at:Date.parse(f.times.ended??f.at),failure:De(f,i,e)})),a=s.filter(({at:f})=>f>=o),l=a.flatMap(({failure:f})=>f??[]),m=a.filter(({attempt:f})=>O(f)),[u]=a,c=u===void 0?[]:Me(a,u.at,n),E=[...new Map(s.filter(({attempt:f})=>O(f)).toReversed().map(je))].flatMap(([f,v])=>{let D=t(f);return D===void 0||v<o?[]:[v-D]});return{deliveries:a.length,failures:l.length,failureShare:a.length===0?null:l.length/a.length,perWeek:u===void 0?0:m.length/Math.max(1,(n-u.at)/(7*A)),leadTime:le(E),timeToRestore:le(l.flatMap(({from:f,until:v})=>v===null?[]:[v-f])),weeks:c}}function je({attempt:e,at:r}){return[e.begun.release,r]}function ce(e){let{begun:r,steps:t,foundBadAt:n}=e;return r.task!=="deploy"||r.release===r.previousRelease?!1:O(e)||t.length>0||n!==void 0}function O({ended:e}){return e?.outcome==="promoted"}function De(e,r,t){let{begun:n,ended:o,times:i,sequence:s}=e,a=r.filter(c=>c.sequence>s);if(P(e)==="failed"){let c=o?.outcome==="rolled-back"?[e]:[];return ae(i.foundBad??e.at,[...c,...a.filter(se)])}let l=a.findIndex(c=>c.begun.release===n.release&&ce(c)),u=(l===-1?a:a.slice(0,l)).find(c=>c.begun.leaves===n.release&&x(c,t));return u===void 0?null:ae(u.times.begun,a.filter(c=>c.sequence>=u.sequence&&se(c)))}function ae(e,[r]){return{from:Date.parse(e),until:r===void 0?null:Date.parse(r.times.ended??r.at)}}function se(e){return P(e)==="passed"}function Me(e,r,t){let n=7*A;return Array.from({length:Math.floor((t-r)/n)+1},(o,i)=>{let s=r+i*n,a=e.filter(({at:m})=>m>=s&&m<s+n),l=a.filter(({failure:m})=>m!==null).length;return{from:s,promoted:a.length-l,failed:l}})}function le(e){return K(e.toSorted((r,t)=>r-t),.5)}var me=`
:root{color-scheme:light dark;--paper:#fff;--card:#f6f8fa;--line:#d0d7de;--ink:#1f2328;--soft:#57606a;--link:#0a58ca;--good:#116329;--bad:#a40e26;--wait:#7d4e00;--good-fill:#2da44e;--bad-fill:#cf222e}
@media (prefers-color-scheme:dark){:root{--paper:#0d1117;--card:#161b22;--line:#3d444d;--ink:#e6edf3;--soft:#9da7b3;--link:#6cb6ff;--good:#57d364;--bad:#ff7b72;--wait:#e3b341;--good-fill:#2ea043;--bad-fill:#f85149}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:72rem;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
a{color:var(--link)}
a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--link);outline-offset:2px}
h1{font-size:1.5rem;margin:0}h2{font-size:1.25rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1.25rem 0 .5rem}
p{margin:.25rem 0}small,.soft{color:var(--soft);font-size:.875rem}
code{font:.875em ui-monospace,monospace;overflow-wrap:anywhere}
ol.chain,dl.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:.75rem;margin:0;padding:0;list-style:none}
ol.chain>li,dl.figures>div{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.75rem}
ol.chain h3{margin:0}
dl.figures{grid-template-columns:repeat(auto-fit,minmax(11rem,1fr))}
dt{color:var(--soft);font-size:.875rem}dd{margin:0;font-size:1.25rem}dd small{display:block}
ul{margin:.5rem 0 0;padding-left:1.1rem}
.good{color:var(--good)}.bad{color:var(--bad)}.wait{color:var(--wait)}
.good,.bad,.wait{font-weight:600}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.875rem}
th,td{border-bottom:1px solid var(--line);padding:.375rem .5rem;text-align:left;vertical-align:top}
td p{margin:0}td time,th code{white-space:nowrap}
svg{display:block;width:100%;height:6rem;margin-top:.75rem}
svg .good{fill:var(--good-fill)}svg .bad{fill:var(--bad-fill)}
`;function pe(e){let{madeAt:r,repositoryUrl:t,services:n}=e;return ie({title:"Release board",style:me,header:d`<p class="soft">
      ${k(t,t.replace(/^https?:\/\//,""))}, as of ${w(r)}
    </p>`,main:d`${n.length===0?d`<p>No environment.</p>`:n.map(o=>Ce(o,t))}`})}function Ce({service:e,environments:r,figures:t,stories:n},o){return d`<section>
    <h2>${e}</h2>
    <ol class="chain">
      ${r.map(i=>Fe(i,o))}
    </ol>
    ${t===null?"":Ue(t.environment,t.of)} ${Ge(n,o)}
  </section>`}function Fe({name:e,region:r,serves:t,states:n},o){return d`<li>
    <h3>${e} <small>${r}</small></h3>
    ${t===null?d`<p>Nothing is known to serve.</p>`:Te(t,o)}
    ${n.length===0?"":d`<ul>
            ${n.map(We)}
          </ul>`}
  </li>`}var Ie={verified:d`<span class="good">✓ verified</span>`,rejected:d`<span class="bad">✗ rejected</span>`,unverified:d`<span class="wait">? not verified</span>`};function Te(e,r){let{name:t,since:n,runUrl:o,commit:i,standing:s,evidence:a,verifiedAt:l}=e;return d`<p><code>${t}</code> ${Ie[s]}</p>
    <p class="soft">
      serves since ${w(n)}, by
      ${k(o,"this run")}${i===null?"":d`, from ${ye(i,r)}`}
    </p>
    ${a===null?"":d`<p class="soft">
            ${String(a.requests)}
            requests${a.p99Milliseconds===null?"":`, p99 ${String(a.p99Milliseconds)} ms`}${a.parity===null?"":`, ${a.parity}`}${l===null?"":d` (${w(l)})`}
          </p>`}`}var Ne={unreadable:{title:"Files not read",tone:"bad"},"not-set-up":{title:"Not set up",tone:"wait"},unknown:{title:"Ledger not read",tone:"bad"},damaged:{title:"Ledger damaged",tone:"bad"},"under-way":{title:"Under way",tone:"wait"},interrupted:{title:"Interrupted",tone:"bad"},waiting:{title:"Waiting",tone:"wait"},held:{title:"Held",tone:"bad"},proposed:{title:"Proposed",tone:"wait"},rejected:{title:"Rejected",tone:"bad"},drifting:{title:"Drifting",tone:"bad"}};function We({kind:e,text:r,url:t}){let{title:n,tone:o}=Ne[e];return d`<li><span class="${o}">${n}:</span> ${t===null?r:k(t,r)}</li>`}function Ue(e,r){let{deliveries:t,failures:n,failureShare:o,perWeek:i,leadTime:s,timeToRestore:a,weeks:l}=r,m=(u,c,g)=>d`<div>
      <dt>${u}</dt>
      <dd>${c}<small>${g}</small></dd>
    </div>`;return d`<h3>Deliveries to ${e}, ${String(H)} days</h3>
    <dl class="figures">
      ${m("Lead time",fe(s),"median, built to promoted")}
      ${m("Deployment frequency",`${i.toFixed(1)} a week`,`${String(t-n)} of ${String(t)} stayed`)}
      ${m("Failure share",o===null?"–":`${(o*100).toFixed(1)} %`,`${String(n)} failed or left`)}
      ${m("Time to restore",fe(a),"median, found bad to verified")}
    </dl>
    ${qe(l)}
    <details>
      <summary>What is counted</summary>
      <p>
        A delivery is a deployment of a release that did not serve before, which changed what serves. It failed if the
        release was found bad, or if a rollback left it. Lead time begins with the first entry of what was built in a
        release.json of the service and ends with its first promotion in ${e}. The time to restore begins with
        the fact that the release is bad, or with the rollback, and ends when a verified release serves. All of it comes
        from the facts of the ledger.
      </p>
    </details>`}function qe(e){if(e.length<2)return"";let r=Math.max(...e.map(({promoted:i,failed:s})=>i+s)),t=i=>String(e.reduce((s,a)=>s+i(a),0)),n=`Deliveries of ${String(e.length)} weeks: ${t(({promoted:i})=>i)} stayed, ${t(({failed:i})=>i)} failed or were left; at most ${String(r)} in a week.`,o=e.map(({promoted:i,failed:s},a)=>{let[l,m]=[i/r*90,s/r*90],u=String(a*10),c=(g,E,f)=>f===0?"":d`<rect
            class="${g}"
            x="${u}"
            y="${(E-f).toFixed(1)}"
            width="8"
            height="${f.toFixed(1)}"
          />`;return[c("good",90,l),c("bad",90-l,m)]});return d`<svg
      role="img"
      aria-label="${n}"
      viewBox="0 0 ${String(e.length*10)} 92"
      preserveAspectRatio="none"
    >
      ${o.flat()}
    </svg>
    <p class="soft">${n}</p>`}function Ge(e,r){let[t]=e;return t===void 0?d`<p class="soft">No release yet.</p>`:d`<h3>Releases</h3>
    <div class="scroll" tabindex="0" role="region" aria-label="Releases, the newest first">
      <table>
        <thead>
          <tr>
            <th scope="col">Built</th>
            <th scope="col">From</th>
            ${t.environments.map(({name:n})=>d`<th scope="col">${n}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${e.map(n=>ze(n,r))}
        </tbody>
      </table>
    </div>`}function ze({commit:e,image:r,since:t,environments:n},o){return d`<tr>
    <td>${w(t)}</td>
    <th scope="row">
      ${e===null?d`<code>${r.slice(0,12)}</code>`:ye(e,o)}
    </th>
    ${n.map(({steps:i})=>d`<td>${i.length===0?"–":i.map(Ye)}</td>`)}
  </tr> `}var _e={promoted:{title:"✓ promoted",tone:"good"},"rolled-back-to":{title:"↩ rolled back to",tone:"good"},left:{title:"✗ left by a rollback",tone:"bad"},failed:{title:"✗ failed",tone:"bad"},unfinished:{title:"… not ended",tone:"wait"},"without-verdict":{title:"? no verdict",tone:"wait"}},ue=200;function Ye({at:e,what:r,why:t,runUrl:n}){let{title:o,tone:i}=_e[r],s=t!==null&&t.length>ue?`${t.slice(0,ue)}…`:t;return d`<p>
    <span class="${i}">${o}</span> ${k(n,w(e))}${s===null?"":d` <small>${s}</small>`}
  </p>`}function ye(e,r){return k(`${r}/commit/${e}`,d`<code>${e.slice(0,12)}</code>`)}function k(e,r){return/^https?:\/\//.test(e)?d`<a href="${e}">${r}</a>`:d`${r}`}function w(e){let r=new Date(e);if(Number.isNaN(r.getTime()))return d`–`;let t=r.toISOString();return d`<time datetime="${t}">${t.slice(0,16).replace("T"," ")}</time>`}var Ve=[["d",1440*6e4],["h",60*6e4],["min",6e4],["s",1e3]];function fe(e){if(e===null)return"–";let[r,t]=Ve.find(([,o])=>e>=2*o)??["s",1e3],n=e/t;return`${n.toFixed(n<10?1:0)} ${r}`}var ge=p.object({path:h("a folder"),"published-path":h("a folder"),"working-directory":h("the root of the repository"),"base-branch":h("a branch"),"role-arn":G,"github-token":h("a token")});function he({services:e}){return["### Release board","","| service | environment | serves | |","| --- | --- | --- | --- |",...e.flatMap(({service:r,environments:t})=>t.map(({name:n,serves:o,states:i})=>{let s=o===null?"–":`\`${o.name}\`, ${o.standing}`;return`| ${r} | ${n} | ${s} | ${i.map(({kind:a})=>a).join(", ")} |`})),""].join(`
`)}function we({name:e,error:r}){return{name:e,region:"",serves:null,states:[{kind:"unreadable",text:S(r),url:null}]}}function ke(e,r){let{name:t,region:n}=e.environment,{ledger:o}=e,i={name:t,region:n};if(!b(e.environment))return{...i,serves:null,states:[{kind:"not-set-up",text:"its account is the placeholder of the sample environments",url:null}]};if(o.kind==="unknown"){let s=[{kind:"unknown",text:o.reason,url:null},...be(e)];return{...i,serves:null,states:s}}return{...i,serves:Je(e,o.history),states:[...Qe(o.history),...Xe(e,o.history,r),...be(e),...Ze(e,o.history)]}}function Se({begun:e,ended:r}){return r?.serves??e.servedBefore}function Je({environment:e,listed:r},t){let{attempts:n}=t,[o]=n;if(o===void 0)return null;let i=Se(o),s=n.find(({begun:m,ended:u})=>u?.serves===i&&m.servedBefore!==i)??n.at(-1),a=M(e,i),l=a===void 0?void 0:_(a,t);return{name:a??i,since:s?.times.ended??s?.at??o.at,runUrl:s?.runUrl??o.runUrl,commit:r.get(a??"")?.commit??null,standing:Ke(a,t,e),evidence:l?.ended?.evidence??null,verifiedAt:l?.times.ended??null}}function Ke(e,r,t){return e===void 0?"unverified":$(e,r,t)!==null?"rejected":z(e,r,t)?"verified":"unverified"}function Qe({damage:e}){return e===null?[]:[{kind:"damaged",text:`the ledger is not whole: ${e}`,url:null}]}function Xe({environment:e,releaseFile:r},t,n){let[o]=t.attempts;if(o!==void 0&&I(o)){let{begun:l,runUrl:m}=o,u=`${l.task==="deploy"?"a deployment of":"a rollback to"} ${l.release}`;return[{kind:T(o,n)?"under-way":"interrupted",text:u,url:m}]}let{live:i}=r,s=o===void 0?void 0:Se(o);if(i===null||s?.endsWith(`-${i}`)===!0)return[];let a=$(i,t,e);if(a!==null){let l=a.kind==="failed"?"failed here":"was left by a rollback";return[{kind:"held",text:`Git says ${i}, which ${l}`,url:a.attempt.runUrl}]}return s!==void 0&&!Y(s,t,e)?[{kind:"held",text:`Git says ${i}; no fact explains what serves`,url:o?.runUrl??null}]:[{kind:"waiting",text:`Git says ${i}, which waits for an approval or its turn`,url:null}]}function be({proposals:e,driftIssue:r}){let t=r===null?[]:[ve("drifting","is not as Git says",r)];return[...e.map(n=>ve("proposed",n.kind==="promotion"?`release ${n.release}`:`the record of the rollback to ${n.release}`,n)),...t]}function ve(e,r,{number:t,url:n}){return{kind:e,text:`${r} (#${String(t)})`,url:n}}function Ze({environment:e,releaseFile:r},t){return Object.keys(r.releases).flatMap(n=>{let o=$(n,t,e);if(o===null||n===r.live)return[];let i=o.kind==="failed"?"failed here":"was left by a rollback";return[{kind:"rejected",text:`${n} ${i}`,url:o.attempt.runUrl}]})}var et=p.object({releases:p.record(p.string(),p.object({spec:p.object({image:p.string(),model:p.object({digest:p.string()}).nullish()}),source:p.object({commit:p.string(),createdAt:p.string()})}))});function $e(e){let r=new Map;for(let t of e){let{data:n}=et.safeParse(tt(t));for(let[o,{spec:i,source:s}]of Object.entries(n?.releases??{}))r.set(o,{artifact:L(i.image,i.model?.digest),...s})}return r}function L(e,r){return[e.slice(e.indexOf("@")+1),...r===void 0?[]:[r]].join(" ")}function tt(e){try{return JSON.parse(e)}catch{return}}function xe(e){let r=rt(e.flatMap(ot)),t=e.map(({environment:o})=>o.name),n=nt(e);return[...new Set([...n.keys(),...r.keys()])].map(o=>{let i=r.get(o)??[],s=n.get(o);return{commit:s?.commit??null,image:o.split(" ")[0]?.replace("sha256:","")??"",since:s?.createdAt??i.map(({step:a})=>a.at).sort()[0]??"",environments:t.map(a=>({name:a,steps:i.flatMap(({environment:l,step:m})=>l===a?[m]:[])}))}}).sort((o,i)=>Date.parse(i.since)-Date.parse(o.since))}function rt(e){let r=new Map;for(let t of e){let n=r.get(t.artifact);n===void 0?r.set(t.artifact,[t]):n.push(t)}return r}function nt(e){let t=e.flatMap(({listed:n})=>[...n.values()]).toSorted((n,o)=>Date.parse(o.createdAt)-Date.parse(n.createdAt));return new Map(t.map(n=>[n.artifact,n]))}function ot({environment:e,ledger:r,listed:t}){if(r.kind==="unknown")return[];let n=r.history.attempts.toReversed(),o=new Map(n.map(({begun:s})=>[s.release,s.image])),i=s=>t.get(s)?.artifact??L(o.get(s)??s,void 0);return n.flatMap(s=>it(s,e).map(a=>({step:a,artifact:i(a.release),environment:e.name})))}function it(e,r){let{begun:t,at:n,times:o,runUrl:i}=e,s={at:o.ended??n,runUrl:i},a={...s,release:t.release,...at(e)};return t.release===t.previousRelease&&a.what==="promoted"?[]:t.leaves===null||!x(e,r)?[a]:[a,{...s,release:t.leaves,what:"left",why:t.reason}]}function at({begun:e,ended:r,foundBadAt:t,steps:n}){let o=r?.cause??n.at(-1)?.cause??null;return t!==void 0?{what:"failed",why:o}:r===void 0?{what:"unfinished",why:o}:r.outcome!=="promoted"?{what:"without-verdict",why:o}:e.task==="deploy"?{what:"promoted",why:null}:{what:"rolled-back-to",why:e.reason}}function j(e,{repositoryUrl:r,now:t},n=[]){let o=e.toSorted((a,l)=>B(a.environment,l.environment)),i=[...o.map(({environment:a})=>a),...n].toSorted(B),s=[...new Set(i.map(({service:a})=>a))];return{madeAt:t,repositoryUrl:r,services:s.map(a=>{let l=o.filter(({environment:c})=>c.service===a),m=n.filter(c=>c.service===a),u=[...l.map(c=>({place:c.environment,card:ke(c,t)})),...m.map(c=>({place:c,card:we(c)}))];return{service:a,environments:u.toSorted((c,g)=>B(c.place,g.place)).map(({card:c})=>c),figures:m.length>0?null:st(l,t),stories:xe(l)}})}}function Be(e){return e.filter(({environment:r})=>r.publishBoard===!0)}function Re(e){return{...e,services:e.services.map(r=>({...r,environments:r.environments.map(t=>({...t,states:t.states.map(n=>n.kind==="unknown"||n.kind==="damaged"?{...n,text:"the log of the run says why"}:n)})),stories:r.stories.map(t=>({...t,environments:t.environments.map(({name:n,steps:o})=>({name:n,steps:o.map(i=>({...i,why:null}))}))}))}))}}function st(e,r){let t=e.findLast(({environment:a})=>b(a));if(t?.ledger.kind!=="read")return null;let n=lt(e),o=a=>n.get(t.listed.get(a)?.artifact??""),{environment:i,ledger:s}=t;return{environment:i.name,of:de(i,s.history,o,r)}}function lt(e){let r=new Map,t=e.flatMap(({listed:n})=>[...n.values()]);for(let{artifact:n,createdAt:o}of t)r.set(n,Math.min(r.get(n)??1/0,Date.parse(o)));return r}async function Ee(e,r){let t=(await r.pulls.listOpen("")).flatMap(({body:n,number:o,url:i})=>{let s=re(n);return s===void 0?[]:[{...s,number:o,url:i}]});return await Promise.all(e.map(async({environment:n,releaseFile:o})=>({environment:n,releaseFile:o,listed:$e(await r.git.fileVersions("HEAD",`environments/${n.name}/release.json`)),ledger:await dt(n,r),proposals:t.filter(i=>i.environment===n.name),driftIssue:await r.issues.find(X(n.name))??null})))}async function dt(e,{ledgerOf:r,reporter:t}){if(!b(e))return{kind:"unknown",reason:"not set up"};try{return{kind:"read",history:await(await r(e)).read()}}catch(n){let o=S(n);return t.warning(`the ledger of ${e.name} can't be read: ${o}`),{kind:"unknown",reason:o}}}async function Pe({folders:e,broken:r},t,n){let o=await Ee(e,n),i=Be(o),s={repositoryUrl:t,now:n.clock.now()};return{board:j(o,s,r),published:i.length===0?null:Re(j(i,s))}}await C(async e=>{let{reporter:r,signal:t}=e,n=q(ge,e.input),o=Oe.resolve(n["working-directory"]),i=W(),s=N({...i,token:n["github-token"],reporter:r,signal:t}),a=await Z(o,u=>r.warning(u)),{board:l,published:m}=await Pe(a,i.repositoryUrl,{git:J(V,o),ledgerOf:async u=>await U(o,u,n["role-arn"]??ee(u).plan),pulls:te(s,n["base-branch"]),issues:Q(s),clock:F,reporter:r});await Ae(n.path,l),m!==null&&await Ae(n["published-path"],m),e.setOutputs({path:n.path,published:String(m!==null),"published-path":m===null?"":n["published-path"]}),await e.addSummary(he(l))});async function Ae(e,r){await ct(e,{recursive:!0}),await mt(Oe.join(e,"index.html"),pe(r))}
