import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a as e}from"./chunk-S4XJQ3IH.js";import{u as i}from"./chunk-C7KDH4ZS.js";async function d(r,n,o){let t=i(n);if(!(t===null||t===r))return await e(o,r,t)?t:void 0}export{d as a};
