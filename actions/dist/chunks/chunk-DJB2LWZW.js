import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{i as o}from"./chunk-I6PRB35P.js";function m(t){let{name:e,service:n,account:i,region:a,iam:l}=t,p=l?.rolePath??"/",r=s=>`arn:${o(a)}:iam::${i}:role${p}${s}`;return{plan:r(`${n}-plan`),build:r(`${n}-build`),apply:r(`${n}-${e}-apply`),deploy:r(`${n}-${e}-deploy`)}}export{m as a};
