import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{createHash as g}from"node:crypto";var a=1e3,l=160;function i(n,t=a){if(n.length<=t)return n;let r=g("sha256").update(n).digest("hex").slice(0,12);return`${n.slice(0,Math.min(l,t)).toWellFormed()}… (${n.length.toLocaleString("en-US")} characters, SHA-256 ${r}…)`}var s=200;function o(n){return n.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu,t=>`\\u{${(t.codePointAt(0)??0).toString(16)}}`)}function d(n){let t=o(i(n,s));if(t.trim()==="")return t===""?"(empty)":`(${String(t.length)} spaces)`;let r="`".repeat(c(t)+1),e=/^`|`$|^ .* $/.test(t)?" ":"";return`${r}${e}${t}${e}${r}`}function f(n,t){let r=n.map(o),e="`".repeat(Math.max(3,c(r.join(`
`))+1));return`${e}${t}
${r.join(`
`)}
${e}`}function A(n){return`<code>${p(o(i(n,s)))}</code>`}function p(n){return n.replaceAll(/[&<>"'`@#:]/g,t=>`&#${String(t.charCodeAt(0))};`)}function c(n){return Math.max(0,...[...n.matchAll(/`+/g)].map(([t])=>t.length))}function u(n){return o(n).replaceAll("##[","##\\u{5b}").replace(/^::/,"\\u{3a}:")}function S(n){return n.split(/\r?\n/).map(u).join(`
`)}function C(n,t){let r=e=>e.replaceAll(`\r
`,`
`).trimEnd();return r(n)===r(t)}export{i as a,o as b,d as c,f as d,A as e,u as f,S as g,C as h};
