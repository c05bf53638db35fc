import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
var h={Stringify:1,BeforeStream:2,Stream:3},l=(o,i)=>{let e=new String(o);return e.isEscaped=!0,e.callbacks=i,e},b=/[&<>'"]/,m=async(o,i)=>{let e="";i||=[];let a=await Promise.all(o);for(let r=a.length-1;e+=a[r],r--,!(r<0);r--){let t=a[r];if(t==null||typeof t=="boolean")continue;if(typeof t=="number"){e+=t;continue}typeof t=="object"&&i.push(...t.callbacks||[]);let s=t.isEscaped;if(t=await(typeof t=="object"?t.toString():t),typeof t=="object"&&i.push(...t.callbacks||[]),t.isEscaped??s)e+=t;else{let c=[e];f(t,c),e=c[0]}}return l(e,i)},f=(o,i)=>{let e=o.search(b);if(e===-1){i[0]+=o;return}let a,r,t=0;for(r=e;r<o.length;r++){switch(o.charCodeAt(r)){case 34:a="&quot;";break;case 39:a="&#39;";break;case 38:a="&amp;";break;case 60:a="&lt;";break;case 62:a="&gt;";break;default:continue}i[0]+=o.substring(t,r)+a,t=r+1}i[0]+=o.substring(t,r)},p=o=>{let i=o.callbacks;if(!i?.length)return o;let e=[o],a={};return i.forEach(r=>r({phase:h.Stringify,buffer:e,context:a})),e[0]};var g=(o,...i)=>{let e=[""];for(let a=0,r=o.length-1;a<r;a++){e[0]+=o[a];let t=Array.isArray(i[a])?i[a].flat(1/0):[i[a]];for(let s=0,c=t.length;s<c;s++){let n=t[s];if(typeof n=="string")f(n,e);else if(typeof n=="number")e[0]+=n;else{if(typeof n=="boolean"||n===null||n===void 0)continue;if(typeof n=="object"&&n.isEscaped)if(n.callbacks)e.unshift("",n);else{let d=n.toString();d instanceof Promise?e.unshift("",d):e[0]+=d}else n instanceof Promise?e.unshift("",n):f(n.toString(),e)}}}return e[0]+=o.at(-1),e.length===1?"callbacks"in e?l(p(l(e[0],e.callbacks))):l(e[0]):m(e,e.callbacks)};function k({title:o,style:i,header:e,main:a}){let r=g`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="referrer" content="no-referrer" />
        <title>${o}</title>
        <style>
          ${l(i)}
        </style>
      </head>
      <body>
        <header>
          <h1>${o}</h1>
          ${e}
        </header>
        <main>${a}</main>
      </body>
    </html> `;if(r instanceof Promise)throw new Error("a template of the page waits for a value");return r.toString()}var S=`
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
thead th{overflow-wrap:normal}td p{margin:0}td time,th code{white-space:nowrap}
svg{display:block;width:100%;height:6rem;margin-top:.75rem}
svg .good{fill:var(--good-fill)}svg .bad{fill:var(--bad-fill)}
`;export{g as a,k as b,S as c};
