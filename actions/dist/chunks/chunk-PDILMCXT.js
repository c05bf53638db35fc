import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{e as t,h as o}from"./chunk-KIVT3RJY.js";import{m as e}from"./chunk-LH7TH4EW.js";function d({swap:m,probes:n},i){if(n===null)return null;let{intervalSeconds:r}=n,l=Math.min(t,o(r,null));return e(m,i).reduce((u,a)=>u+Math.max(0,Math.floor(a/r)*l-5),0)}export{d as a};
