import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
function n(e){return e.replaceAll("<","&lt;").replaceAll(/\s*\n\s*/g," ")}function r(e){return n(e).replaceAll("|","\\|")}export{n as a,r as b};
