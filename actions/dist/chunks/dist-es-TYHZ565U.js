import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a,b,c,d,e,f,g}from"./chunk-BZM5IA7L.js";import"./chunk-ZEVEBYME.js";import"./chunk-WQTZUJLA.js";import"./chunk-2AP7R2FH.js";import"./chunk-55CDFFVJ.js";export{f as ENV_ACCOUNT_ID,e as ENV_CREDENTIAL_SCOPE,d as ENV_EXPIRATION,a as ENV_KEY,b as ENV_SECRET,c as ENV_SESSION,g as fromEnv};
