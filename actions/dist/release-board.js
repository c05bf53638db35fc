import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a as te,e as re}from"./chunks/chunk-5WPUPDOY.js";import{m as Q}from"./chunks/chunk-XAPFB5CX.js";import{c as G}from"./chunks/chunk-RNJ5TH6B.js";import{a as J}from"./chunks/chunk-2IKB6HT3.js";import{b as V}from"./chunks/chunk-KFRDYMML.js";import{a as X,c as Z}from"./chunks/chunk-QYZAIY7T.js";import"./chunks/chunk-LOSQMZDY.js";import{g as C,h as T,k as U,m as R,n as k,o as z,r as _,s as $,y as Y}from"./chunks/chunk-Z53WBYL6.js";import"./chunks/chunk-CJI6KPLV.js";import"./chunks/chunk-EFCGJFFS.js";import"./chunks/chunk-LO234CT5.js";import"./chunks/chunk-WGYCH7FE.js";import"./chunks/chunk-LVWAYYAB.js";import"./chunks/chunk-5KPAMQRK.js";import"./chunks/chunk-5BJE5PAW.js";import"./chunks/chunk-AZMJO6RZ.js";import"./chunks/chunk-XD27U76H.js";import"./chunks/chunk-BFBKL43R.js";import"./chunks/chunk-PJ4MGNGH.js";import"./chunks/chunk-R622N3NO.js";import"./chunks/chunk-RSGFKUPQ.js";import"./chunks/chunk-RJLVLSCK.js";import"./chunks/chunk-2AP7R2FH.js";import{a as F}from"./chunks/chunk-I5ZGSE2K.js";import{a as ee}from"./chunks/chunk-3HD4RAHI.js";import{a as h,c as K}from"./chunks/chunk-CEAP7B2F.js";import"./chunks/chunk-JHBAOREP.js";import"./chunks/chunk-FISYXQIH.js";import"./chunks/chunk-STCEIBMN.js";import{d as j,m as M}from"./chunks/chunk-ZJD7FCS7.js";import"./chunks/chunk-M4J76N4W.js";import{b as N}from"./chunks/chunk-TQNTRIIZ.js";import{a as W}from"./chunks/chunk-3ROTGACD.js";import{a as p,b as I,c as q,d as g}from"./chunks/chunk-G3JDCUZI.js";import{m as D}from"./chunks/chunk-DJDUVNJQ.js";import"./chunks/chunk-HFHZAMUV.js";import{mkdir as dt,writeFile as ct}from"node:fs/promises";import Ae from"node:path";var Oe={Stringify:1,BeforeStream:2,Stream:3},y=(e,n)=>{let t=new String(e);return t.isEscaped=!0,t.callbacks=n,t},He=/[&<>'"]/,ne=async(e,n)=>{let t="";n||=[];let r=await Promise.all(e);for(let o=r.length-1;t+=r[o],o--,!(o<0);o--){let i=r[o];if(i==null||typeof i=="boolean")continue;if(typeof i=="number"){t+=i;continue}typeof i=="object"&&n.push(...i.callbacks||[]);let a=i.isEscaped;if(i=await(typeof i=="object"?i.toString():i),typeof i=="object"&&n.push(...i.callbacks||[]),i.isEscaped??a)t+=i;else{let s=[t];x(i,s),t=s[0]}}return y(t,n)},x=(e,n)=>{let t=e.search(He);if(t===-1){n[0]+=e;return}let r,o,i=0;for(o=t;o<e.length;o++){switch(e.charCodeAt(o)){case 34:r="&quot;";break;case 39:r="&#39;";break;case 38:r="&amp;";break;case 60:r="&lt;";break;case 62:r="&gt;";break;default:continue}n[0]+=e.substring(i,o)+r,i=o+1}n[0]+=e.substring(i,o)},oe=e=>{let n=e.callbacks;if(!n?.length)return e;let t=[e],r={};return n.forEach(o=>o({phase:Oe.Stringify,buffer:t,context:r})),t[0]};var d=(e,...n)=>{let t=[""];for(let r=0,o=e.length-1;r<o;r++){t[0]+=e[r];let i=Array.isArray(n[r])?n[r].flat(1/0):[n[r]];for(let a=0,s=i.length;a<s;a++){let l=i[a];if(typeof l=="string")x(l,t);else if(typeof l=="number")t[0]+=l;else{if(typeof l=="boolean"||l===null||l===void 0)continue;if(typeof l=="object"&&l.isEscaped)if(l.callbacks)t.unshift("",l);else{let c=l.toString();c instanceof Promise?t.unshift("",c):t[0]+=c}else l instanceof Promise?t.unshift("",l):x(l.toString(),t)}}}return t[0]+=e.at(-1),t.length===1?"callbacks"in t?y(oe(y(t[0],t.callbacks))):y(t[0]):ne(t,t.callbacks)};function ie({title:e,style:n,header:t,main:r}){let o=d`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="referrer" content="no-referrer" />
        <title>${e}</title>
        <style>
          ${y(n)}
        </style>
      </head>
      <body>
        <header>
          <h1>${e}</h1>
          ${t}
        </header>
        <main>${r}</main>
      </body>
    </html> `;if(o instanceof Promise)throw new Error("a template of the page waits for a value");return o.toString()}var E=1440*6e4,A=365;function de(e,{attempts:n},t,r){let o=r-A*E,i=n.toReversed(),a=i.filter(ce).map(m=>({attempt:m,at:Date.parse(m.times.ended??m.at),failure:je(m,i,e)})),s=a.filter(({at:m})=>m>=o),l=s.flatMap(({failure:m})=>m??[]),c=s.filter(({attempt:m})=>P(m)),[f]=s,u=f===void 0?[]:De(s,f.at,r),B=[...new Map(a.filter(({attempt:m})=>P(m)).toReversed().map(Le))].flatMap(([m,b])=>{let L=t(m);return L===void 0||b<o?[]:[b-L]});return{deliveries:s.length,failures:l.length,failureShare:s.length===0?null:l.length/s.length,perWeek:f===void 0?0:c.length/Math.max(1,(r-f.at)/(7*E)),leadTime:le(B),timeToRestore:le(l.flatMap(({from:m,until:b})=>b===null?[]:[b-m])),weeks:u}}function Le({attempt:e,at:n}){return[e.begun.release,n]}function ce(e){let{begun:n,steps:t,foundBadAt:r}=e;return n.task!=="deploy"||n.release===n.previousRelease?!1:P(e)||t.length>0||r!==void 0}function P({ended:e}){return e?.outcome==="promoted"}function je(e,n,t){let{begun:r,ended:o,times:i,sequence:a}=e,s=n.filter(u=>u.sequence>a);if(R(e)==="failed"){let u=o?.outcome==="rolled-back"?[e]:[];return ae(i.foundBad??e.at,[...u,...s.filter(se)])}let l=s.findIndex(u=>u.begun.release===r.release&&ce(u)),f=(l===-1?s:s.slice(0,l)).find(u=>u.begun.leaves===r.release&&$(u,t));return f===void 0?null:ae(f.times.begun,s.filter(u=>u.sequence>=f.sequence&&se(u)))}function ae(e,[n]){return{from:Date.parse(e),until:n===void 0?null:Date.parse(n.times.ended??n.at)}}function se(e){return R(e)==="passed"}function De(e,n,t){let r=7*E;return Array.from({length:Math.floor((t-n)/r)+1},(o,i)=>{let a=n+i*r,s=e.filter(({at:c})=>c>=a&&c<a+r),l=s.filter(({failure:c})=>c!==null).length;return{from:a,promoted:s.length-l,failed:l}})}function le(e){return Q(e.toSorted((n,t)=>n-t),.5)}var me=`
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
`;function pe(e){let{madeAt:n,repositoryUrl:t,services:r}=e;return ie({title:"Release board",style:me,header:d`<p class="soft">
      ${w(t,t.replace(/^https?:\/\//,""))}, as of ${v(n)}
    </p>`,main:d`${r.length===0?d`<p>No environment.</p>`:r.map(o=>Me(o,t))}`})}function Me({service:e,environments:n,figures:t,stories:r},o){return d`<section>
    <h2>${e}</h2>
    <ol class="chain">
      ${n.map(i=>Ie(i,o))}
    </ol>
    ${t===null?"":We(t.environment,t.of)} ${qe(r,o)}
  </section>`}function Ie({name:e,region:n,serves:t,states:r},o){return d`<li>
    <h3>${e} <small>${n}</small></h3>
    ${t===null?d`<p>Nothing is known to serve.</p>`:Ce(t,o)}
    ${r.length===0?"":d`<ul>
            ${r.map(Ne)}
          </ul>`}
  </li>`}var Fe={verified:d`<span class="good">✓ verified</span>`,rejected:d`<span class="bad">✗ rejected</span>`,unverified:d`<span class="wait">? not verified</span>`};function Ce(e,n){let{name:t,since:r,runUrl:o,commit:i,standing:a,evidence:s,verifiedAt:l}=e;return d`<p><code>${t}</code> ${Fe[a]}</p>
    <p class="soft">
      serves since ${v(r)}, by
      ${w(o,"this run")}${i===null?"":d`, from ${ye(i,n)}`}
    </p>
    ${s===null?"":d`<p class="soft">
            ${String(s.requests)}
            requests${s.p99Milliseconds===null?"":`, p99 ${String(s.p99Milliseconds)} ms`}${s.parity===null?"":`, ${s.parity}`}${l===null?"":d` (${v(l)})`}
          </p>`}`}var Te={"not-set-up":{title:"Not set up",tone:"wait"},unknown:{title:"Ledger not read",tone:"bad"},damaged:{title:"Ledger damaged",tone:"bad"},"under-way":{title:"Under way",tone:"wait"},interrupted:{title:"Interrupted",tone:"bad"},waiting:{title:"Waiting",tone:"wait"},held:{title:"Held",tone:"bad"},proposed:{title:"Proposed",tone:"wait"},rejected:{title:"Rejected",tone:"bad"},drifting:{title:"Drifting",tone:"bad"}};function Ne({kind:e,text:n,url:t}){let{title:r,tone:o}=Te[e];return d`<li><span class="${o}">${r}:</span> ${t===null?n:w(t,n)}</li>`}function We(e,n){let{deliveries:t,failures:r,failureShare:o,perWeek:i,leadTime:a,timeToRestore:s,weeks:l}=n,c=(f,u,S)=>d`<div>
      <dt>${f}</dt>
      <dd>${u}<small>${S}</small></dd>
    </div>`;return d`<h3>Deliveries to ${e}, ${String(A)} days</h3>
    <dl class="figures">
      ${c("Lead time",fe(a),"median, built to promoted")}
      ${c("Deployment frequency",`${i.toFixed(1)} a week`,`${String(t-r)} of ${String(t)} stayed`)}
      ${c("Failure share",o===null?"–":`${(o*100).toFixed(1)} %`,`${String(r)} failed or left`)}
      ${c("Time to restore",fe(s),"median, found bad to verified")}
    </dl>
    ${Ue(l)}
    <details>
      <summary>What is counted</summary>
      <p>
        A delivery is a deployment of a release that did not serve before, which changed what serves. It failed if the
        release was found bad, or if a rollback left it. Lead time begins with the first entry of what was built in a
        release.json of the service and ends with its first promotion in ${e}. The time to restore begins with
        the fact that the release is bad, or with the rollback, and ends when a verified release serves. All of it comes
        from the facts of the ledger.
      </p>
    </details>`}function Ue(e){if(e.length<2)return"";let n=Math.max(...e.map(({promoted:i,failed:a})=>i+a)),t=i=>String(e.reduce((a,s)=>a+i(s),0)),r=`Deliveries of ${String(e.length)} weeks: ${t(({promoted:i})=>i)} stayed, ${t(({failed:i})=>i)} failed or were left; at most ${String(n)} in a week.`,o=e.map(({promoted:i,failed:a},s)=>{let[l,c]=[i/n*90,a/n*90],f=String(s*10),u=(S,B,m)=>m===0?"":d`<rect
            class="${S}"
            x="${f}"
            y="${(B-m).toFixed(1)}"
            width="8"
            height="${m.toFixed(1)}"
          />`;return[u("good",90,l),u("bad",90-l,c)]});return d`<svg
      role="img"
      aria-label="${r}"
      viewBox="0 0 ${String(e.length*10)} 92"
      preserveAspectRatio="none"
    >
      ${o.flat()}
    </svg>
    <p class="soft">${r}</p>`}function qe(e,n){let[t]=e;return t===void 0?d`<p class="soft">No release yet.</p>`:d`<h3>Releases</h3>
    <div class="scroll" tabindex="0" role="region" aria-label="Releases, the newest first">
      <table>
        <thead>
          <tr>
            <th scope="col">Built</th>
            <th scope="col">From</th>
            ${t.environments.map(({name:r})=>d`<th scope="col">${r}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${e.map(r=>Ge(r,n))}
        </tbody>
      </table>
    </div>`}function Ge({commit:e,image:n,since:t,environments:r},o){return d`<tr>
    <td>${v(t)}</td>
    <th scope="row">
      ${e===null?d`<code>${n.slice(0,12)}</code>`:ye(e,o)}
    </th>
    ${r.map(({steps:i})=>d`<td>${i.length===0?"–":i.map(_e)}</td>`)}
  </tr> `}var ze={promoted:{title:"✓ promoted",tone:"good"},"rolled-back-to":{title:"↩ rolled back to",tone:"good"},left:{title:"✗ left by a rollback",tone:"bad"},failed:{title:"✗ failed",tone:"bad"},unfinished:{title:"… not ended",tone:"wait"},"without-verdict":{title:"? no verdict",tone:"wait"}},ue=200;function _e({at:e,what:n,why:t,runUrl:r}){let{title:o,tone:i}=ze[n],a=t!==null&&t.length>ue?`${t.slice(0,ue)}…`:t;return d`<p>
    <span class="${i}">${o}</span> ${w(r,v(e))}${a===null?"":d` <small>${a}</small>`}
  </p>`}function ye(e,n){return w(`${n}/commit/${e}`,d`<code>${e.slice(0,12)}</code>`)}function w(e,n){return/^https?:\/\//.test(e)?d`<a href="${e}">${n}</a>`:d`${n}`}function v(e){let n=new Date(e);if(Number.isNaN(n.getTime()))return d`–`;let t=n.toISOString();return d`<time datetime="${t}">${t.slice(0,16).replace("T"," ")}</time>`}var Ye=[["d",1440*6e4],["h",60*6e4],["min",6e4],["s",1e3]];function fe(e){if(e===null)return"–";let[n,t]=Ye.find(([,o])=>e>=2*o)??["s",1e3],r=e/t;return`${r.toFixed(r<10?1:0)} ${n}`}var ge=p.object({path:g("a folder"),"published-path":g("a folder"),"working-directory":g("the root of the repository"),"base-branch":g("a branch"),"role-arn":G,"github-token":g("a token")});function he({services:e}){return["### Release board","","| service | environment | serves | |","| --- | --- | --- | --- |",...e.flatMap(({service:n,environments:t})=>t.map(({name:r,serves:o,states:i})=>{let a=o===null?"–":`\`${o.name}\`, ${o.standing}`;return`| ${n} | ${r} | ${a} | ${i.map(({kind:s})=>s).join(", ")} |`})),""].join(`
`)}function we(e,n){let{name:t,region:r}=e.environment,{ledger:o}=e,i={name:t,region:r};if(!h(e.environment))return{...i,serves:null,states:[{kind:"not-set-up",text:"its account is the placeholder of the sample environments",url:null}]};if(o.kind==="unknown"){let a=[{kind:"unknown",text:o.reason,url:null},...be(e)];return{...i,serves:null,states:a}}return{...i,serves:Ve(e,o.history),states:[...Ke(o.history),...Qe(e,o.history,n),...be(e),...Xe(e,o.history)]}}function Se({begun:e,ended:n}){return n?.serves??e.servedBefore}function Ve({environment:e,listed:n},t){let{attempts:r}=t,[o]=r;if(o===void 0)return null;let i=Se(o),a=r.find(({begun:c,ended:f})=>f?.serves===i&&c.servedBefore!==i)??r.at(-1),s=j(e,i),l=s===void 0?void 0:_(s,t);return{name:s??i,since:a?.times.ended??a?.at??o.at,runUrl:a?.runUrl??o.runUrl,commit:n.get(s??"")?.commit??null,standing:Je(s,t,e),evidence:l?.ended?.evidence??null,verifiedAt:l?.times.ended??null}}function Je(e,n,t){return e===void 0?"unverified":k(e,n,t)!==null?"rejected":z(e,n,t)?"verified":"unverified"}function Ke({damage:e}){return e===null?[]:[{kind:"damaged",text:`the ledger is not whole: ${e}`,url:null}]}function Qe({environment:e,releaseFile:n},t,r){let[o]=t.attempts;if(o!==void 0&&C(o)){let{begun:l,runUrl:c}=o,f=`${l.task==="deploy"?"a deployment of":"a rollback to"} ${l.release}`;return[{kind:T(o,r)?"under-way":"interrupted",text:f,url:c}]}let{live:i}=n,a=o===void 0?void 0:Se(o);if(i===null||a?.endsWith(`-${i}`)===!0)return[];let s=k(i,t,e);if(s!==null){let l=s.kind==="failed"?"failed here":"was left by a rollback";return[{kind:"held",text:`Git says ${i}, which ${l}`,url:s.attempt.runUrl}]}return a!==void 0&&!Y(a,t,e)?[{kind:"held",text:`Git says ${i}; no fact explains what serves`,url:o?.runUrl??null}]:[{kind:"waiting",text:`Git says ${i}, which waits for an approval or its turn`,url:null}]}function be({proposals:e,driftIssue:n}){let t=n===null?[]:[ve("drifting","is not as Git says",n)];return[...e.map(r=>ve("proposed",r.kind==="promotion"?`release ${r.release}`:`the record of the rollback to ${r.release}`,r)),...t]}function ve(e,n,{number:t,url:r}){return{kind:e,text:`${n} (#${String(t)})`,url:r}}function Xe({environment:e,releaseFile:n},t){return Object.keys(n.releases).flatMap(r=>{let o=k(r,t,e);if(o===null||r===n.live)return[];let i=o.kind==="failed"?"failed here":"was left by a rollback";return[{kind:"rejected",text:`${r} ${i}`,url:o.attempt.runUrl}]})}var Ze=p.object({releases:p.record(p.string(),p.object({spec:p.object({image:p.string(),model:p.object({digest:p.string()}).nullish()}),source:p.object({commit:p.string(),createdAt:p.string()})}))});function ke(e){let n=new Map;for(let t of e){let{data:r}=Ze.safeParse(et(t));for(let[o,{spec:i,source:a}]of Object.entries(r?.releases??{}))n.set(o,{artifact:O(i.image,i.model?.digest),...a})}return n}function O(e,n){return[e.slice(e.indexOf("@")+1),...n===void 0?[]:[n]].join(" ")}function et(e){try{return JSON.parse(e)}catch{return}}function $e(e){let n=tt(e.flatMap(nt)),t=e.map(({environment:o})=>o.name),r=rt(e);return[...new Set([...r.keys(),...n.keys()])].map(o=>{let i=n.get(o)??[],a=r.get(o);return{commit:a?.commit??null,image:o.split(" ")[0]?.replace("sha256:","")??"",since:a?.createdAt??i.map(({step:s})=>s.at).sort()[0]??"",environments:t.map(s=>({name:s,steps:i.flatMap(({environment:l,step:c})=>l===s?[c]:[])}))}}).sort((o,i)=>Date.parse(i.since)-Date.parse(o.since))}function tt(e){let n=new Map;for(let t of e){let r=n.get(t.artifact);r===void 0?n.set(t.artifact,[t]):r.push(t)}return n}function rt(e){let t=e.flatMap(({listed:r})=>[...r.values()]).toSorted((r,o)=>Date.parse(o.createdAt)-Date.parse(r.createdAt));return new Map(t.map(r=>[r.artifact,r]))}function nt({environment:e,ledger:n,listed:t}){if(n.kind==="unknown")return[];let r=n.history.attempts.toReversed(),o=new Map(r.map(({begun:a})=>[a.release,a.image])),i=a=>t.get(a)?.artifact??O(o.get(a)??a,void 0);return r.flatMap(a=>ot(a,e).map(s=>({step:s,artifact:i(s.release),environment:e.name})))}function ot(e,n){let{begun:t,at:r,times:o,runUrl:i}=e,a={at:o.ended??r,runUrl:i},s={...a,release:t.release,...it(e)};return t.release===t.previousRelease&&s.what==="promoted"?[]:t.leaves===null||!$(e,n)?[s]:[s,{...a,release:t.leaves,what:"left",why:t.reason}]}function it({begun:e,ended:n,foundBadAt:t,steps:r}){let o=n?.cause??r.at(-1)?.cause??null;return t!==void 0?{what:"failed",why:o}:n===void 0?{what:"unfinished",why:o}:n.outcome!=="promoted"?{what:"without-verdict",why:o}:e.task==="deploy"?{what:"promoted",why:null}:{what:"rolled-back-to",why:e.reason}}function H(e,{repositoryUrl:n,now:t}){let r=e.toSorted((i,a)=>K(i.environment,a.environment)),o=[...new Set(r.map(({environment:i})=>i.service))];return{madeAt:t,repositoryUrl:n,services:o.map(i=>{let a=r.filter(({environment:s})=>s.service===i);return{service:i,environments:a.map(s=>we(s,t)),figures:at(a,t),stories:$e(a)}})}}function xe(e){return e.filter(({environment:n})=>n.publishBoard===!0)}function Be(e){return{...e,services:e.services.map(n=>({...n,environments:n.environments.map(t=>({...t,states:t.states.map(r=>r.kind==="unknown"||r.kind==="damaged"?{...r,text:"the log of the run says why"}:r)})),stories:n.stories.map(t=>({...t,environments:t.environments.map(({name:r,steps:o})=>({name:r,steps:o.map(i=>({...i,why:null}))}))}))}))}}function at(e,n){let t=e.findLast(({environment:s})=>h(s));if(t?.ledger.kind!=="read")return null;let r=st(e),o=s=>r.get(t.listed.get(s)?.artifact??""),{environment:i,ledger:a}=t;return{environment:i.name,of:de(i,a.history,o,n)}}function st(e){let n=new Map,t=e.flatMap(({listed:r})=>[...r.values()]);for(let{artifact:r,createdAt:o}of t)n.set(r,Math.min(n.get(r)??1/0,Date.parse(o)));return n}async function Re(e,n){let t=(await n.pulls.listOpen("")).flatMap(({body:r,number:o,url:i})=>{let a=re(r);return a===void 0?[]:[{...a,number:o,url:i}]});return await Promise.all(e.map(async({environment:r,releaseFile:o})=>({environment:r,releaseFile:o,listed:ke(await n.git.fileVersions("HEAD",`environments/${r.name}/release.json`)),ledger:await lt(r,n),proposals:t.filter(i=>i.environment===r.name),driftIssue:await n.issues.find(Z(r.name))??null})))}async function lt(e,{ledgerOf:n,reporter:t}){if(!h(e))return{kind:"unknown",reason:"not set up"};try{return{kind:"read",history:await(await n(e)).read()}}catch(r){let o=D(r);return t.warning(`the ledger of ${e.name} can't be read: ${o}`),{kind:"unknown",reason:o}}}async function Ee(e,n,t){let r=await Re(e,t),o=xe(r),i={repositoryUrl:n,now:t.clock.now()};return{board:H(r,i),published:o.length===0?null:Be(H(o,i))}}await I(async e=>{let{reporter:n,signal:t}=e,r=q(ge,e.input),o=Ae.resolve(r["working-directory"]),i=W(),a=N({...i,token:r["github-token"],reporter:n,signal:t}),{board:s,published:l}=await Ee(await M(o),i.repositoryUrl,{git:J(V,o),ledgerOf:async c=>await U(o,c,r["role-arn"]??ee(c).plan),pulls:te(a,r["base-branch"]),issues:X(a),clock:F,reporter:n});await Pe(r.path,s),l!==null&&await Pe(r["published-path"],l),e.setOutputs({path:r.path,published:String(l!==null),"published-path":l===null?"":r["published-path"]}),await e.addSummary(he(s))});async function Pe(e,n){await dt(e,{recursive:!0}),await ct(Ae.join(e,"index.html"),pe(n))}
