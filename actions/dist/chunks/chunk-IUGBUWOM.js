import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
function d(e){return/(?:^|[;,\s])release-id=([0-9a-f]{12})(?:$|[;,\s])/.exec(e??"")?.[1]}function n(e){return/(?:^|[;,\s])model-digest=(sha256:[0-9a-f]{64})(?:$|[;,\s])/.exec(e??"")?.[1]}export{d as a,n as b};
