/** The style of every page: no script, no font, no picture from elsewhere; colours with a contrast of 4.5 and more. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--card:#f6f8fa;--line:#d0d7de;--ink:#1f2328;--soft:#57606a;--link:#0a58ca;--good:#116329;--bad:#a40e26;--wait:#7d4e00;--good-fill:#2da44e;--bad-fill:#cf222e}
@media (prefers-color-scheme:dark){:root{--paper:#0d1117;--card:#161b22;--line:#3d444d;--ink:#e6edf3;--soft:#9da7b3;--link:#6cb6ff;--good:#57d364;--bad:#ff7b72;--wait:#e3b341;--good-fill:#2ea043;--bad-fill:#f85149}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:72rem;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
a{color:var(--link)}
a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--link);outline-offset:2px}
h1{font-size:1.5rem;margin:0}h2{font-size:1.25rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:1.25rem 0 .5rem}
p{margin:.25rem 0}small,.soft{color:var(--soft);font-size:.875rem}
code{font:.875em ui-monospace,monospace;overflow-wrap:anywhere}
ol.chain,dl.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:.75rem;margin:0;padding:0;list-style:none}
ol.chain>li,dl.figures>div{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.75rem}
ol.chain h3{margin:0}
dl.figures{grid-template-columns:repeat(auto-fit,minmax(11rem,1fr))}
dt{color:var(--soft);font-size:.875rem}dd{margin:0;font-size:1.25rem}dd small{display:block}
ul{margin:.5rem 0 0;padding-left:1.1rem}
.good{color:var(--good)}.bad{color:var(--bad)}.wait{color:var(--wait)}
.good,.bad,.wait{font-weight:600}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.875rem}
th,td{border-bottom:1px solid var(--line);padding:.375rem .5rem;text-align:left;vertical-align:top}
thead th{overflow-wrap:normal}td p{margin:0}td time,th code{white-space:nowrap}
svg{display:block;width:100%;height:6rem;margin-top:.75rem}
svg .good{fill:var(--good-fill)}svg .bad{fill:var(--bad-fill)}
`;
