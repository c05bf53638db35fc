import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
async function s(e,n){for(let r=1;;r+=1)try{return await n()}catch(t){if(r===e.attempts||e.isTransient?.(t)===!1)throw t;await e.sleep(e.firstWaitMilliseconds*2**(r-1))}}export{s as a};
