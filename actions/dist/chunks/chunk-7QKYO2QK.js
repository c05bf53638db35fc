import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{u as t}from"./chunk-NA4OLCSP.js";async function s(r,i,n){let e=t(i);if(!(e===null||e===r))return await n.mergeBase(r,e)===r?e:void 0}export{s as a};
