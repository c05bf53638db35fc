import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
function g(n,i){let s=[],r=[],e=0;for(;e<n.length;){let[l,u]=t(n,e,i);if(r.push(l),e=u,n.startsWith(i,e)){if(e+=i.length,e<n.length)continue;r.push("")}s.push(r),r=[],e+=n.startsWith(`\r
`,e)?2:1}return s}function d(n){return[",",";","	"].find(i=>n.includes(i))??","}function t(n,i,s){if(n[i]==='"'){let e=/"((?:[^"]|"")*)"/y;e.lastIndex=i;let[l,u]=e.exec(n)??[];if(l!==void 0&&u!==void 0&&o(n,i+l.length,s))return[u.replaceAll('""','"'),i+l.length]}let r=i;for(;!o(n,r,s);)r+=1;return[n.slice(i,r),r]}function o(n,i,s){return i>=n.length||n[i]===`
`||n.startsWith(`\r
`,i)||n.startsWith(s,i)}export{g as a,d as b};
