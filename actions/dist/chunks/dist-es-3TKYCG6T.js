import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a,b}from"./chunk-XXQHGAMX.js";import"./chunk-R622N3NO.js";import"./chunk-RSGFKUPQ.js";import"./chunk-2AP7R2FH.js";import"./chunk-HFHZAMUV.js";export{b as fromTokenFile,a as fromWebToken};
