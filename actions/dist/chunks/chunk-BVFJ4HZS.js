import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a as t,b as e,d as m,f as o}from"./chunk-7N7DHL6F.js";var r=class extends t(e,m,"PutObject",o){};export{r as a};
