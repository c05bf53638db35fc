import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
function o(s){let e=s.split("/");return e.some(t=>t.startsWith("."))?!1:!/\.(ts|md)$/.test(s)&&!n.has(e.at(-1)??"")}var n=new Set(["build.json","golden.json","review.json","review.jsonl","review.csv"]);export{o as a};
