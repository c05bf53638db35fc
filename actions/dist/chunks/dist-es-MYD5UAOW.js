import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a,b}from"./chunk-W4TCP4L7.js";import"./chunk-ZEVEBYME.js";import"./chunk-WQTZUJLA.js";import"./chunk-2AP7R2FH.js";import"./chunk-55CDFFVJ.js";export{b as fromTokenFile,a as fromWebToken};
