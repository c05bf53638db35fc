import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{createHash as u}from"node:crypto";var a=1e3,p=160;function o(n,t=a,e=Math.min(p,t)){if(n.length<=t)return n;let r=u("sha256").update(n).digest("hex").slice(0,12);return`${n.slice(0,e).toWellFormed()}… (${n.length.toLocaleString("en-US")} characters, SHA-256 ${r}…)`}function $(n,t,e){let r=n.split(/\r?\n/),s=r.slice(0,t).map(l=>o(l,e));return r.length<=t?s:[...s,`and ${(r.length-t).toLocaleString("en-US")} more lines`]}var c=200,h=/(?! )(?:[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\p{White_Space}\u{2800}\u{fffc}\u{13441}\u{13442}\u{1d159}]|\u{16fe4})/gu;function i(n){return n.replaceAll(h,t=>`\\u{${(t.codePointAt(0)??0).toString(16)}}`)}function x(n){return f(o(n,c))}function f(n){let t=i(n);if(t.trim()==="")return t===""?"(empty)":`(${String(t.length)} spaces)`;let e="`".repeat(g(t)+1),r=/^`|`$|^ .* $/.test(t)?" ":"";return`${e}${r}${t}${r}${e}`}function _(n,t){let e=n.map(i),r="`".repeat(Math.max(3,g(e.join(`
`))+1));return`${r}${t}
${e.join(`
`)}
${r}`}function b(n){return`<code>${m(i(o(n,c)))}</code>`}function m(n){return n.replaceAll(/[&<>"'`@#:]/g,t=>`&#${String(t.charCodeAt(0))};`)}function g(n){return Math.max(0,...[...n.matchAll(/`+/g)].map(([t])=>t.length))}function d(n){return i(n).replaceAll("##[","##\\u{5b}").replace(/^::/,"\\u{3a}:")}function E(n){return n.split(/\r?\n/).map(d).join(`
`)}function H(n,t){let e=r=>r.replaceAll(`\r
`,`
`).trimEnd();return e(n)===e(t)}export{o as a,$ as b,i as c,x as d,f as e,_ as f,b as g,d as h,E as i,H as j};
