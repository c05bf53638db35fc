import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
async function i(e,t,r){return await e.mergeBase(t,r)===t}export{i as a};
