import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
function t(n){try{return JSON.parse(n)}catch{return}}function r(n){let e=/^\s*[[{]/.test(n)?t(n):void 0;return typeof e=="object"&&e!==null?e:void 0}export{t as a,r as b};
