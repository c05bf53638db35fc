import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
function r(e){return/(?:^|[;,\s])release-id=([0-9a-f]{12})(?:$|[;,\s])/.exec(e??"")?.[1]}export{r as a};
