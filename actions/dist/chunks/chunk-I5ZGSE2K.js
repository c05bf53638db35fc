import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{setTimeout as t}from"node:timers/promises";var c={now:()=>Date.now(),monotonic:()=>performance.now(),sleep:async(e,o)=>{await t(e,void 0,o===void 0?{}:{signal:o})}};export{c as a};
