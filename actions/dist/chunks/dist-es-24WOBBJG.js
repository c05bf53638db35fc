import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a,b}from"./chunk-X5SHA2BF.js";import"./chunk-WVR6BHYT.js";import"./chunk-RXWB43JR.js";import"./chunk-6ZOXTWLX.js";import"./chunk-55CDFFVJ.js";export{b as fromTokenFile,a as fromWebToken};
