const noExample = 'The model answered no generated request; "example" in signature.json is shown here.';

/** The interactive page: every route of the OpenAPI document with a form to try it. It loads nothing from a network. */
export function renderDocsPage(document: Readonly<Record<string, unknown>>): string {
  // "<" is escaped so that no text of a model can end the script element.
  const data = JSON.stringify(document).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Inference server</title>
<link rel="icon" href="data:,">
<style>${styles}</style>
</head>
<body>
<header><h1 id="title"></h1><p id="description"></p><p><a href="/openapi.json">openapi.json</a> · <a href="/metrics">metrics</a></p></header>
<main id="routes"></main>
<script id="document" type="application/json">${data}</script>
<script>${script}</script>
</body>
</html>
`;
}

const styles = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); --soft: color-mix(in srgb, currentColor 6%, transparent); }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem 1.5rem 4rem; }
h1 { font-size: 1.5rem; margin: .5rem 0 0; } h2 { font-size: .85rem; letter-spacing: .06em; margin: 2rem 0 .5rem; opacity: .7; text-transform: uppercase; }
details { border: 1px solid var(--line); border-radius: 8px; margin: .5rem 0; overflow: hidden; }
summary { align-items: baseline; cursor: pointer; display: flex; gap: .75rem; list-style: none; padding: .6rem .9rem; }
summary:hover, details[open] > summary { background: var(--soft); }
.method { border-radius: 4px; color: #fff; font: 600 .75rem/1.6 ui-monospace, monospace; min-width: 3.2rem; text-align: center; }
.get { background: #2563eb; } .post { background: #15803d; }
code, textarea, pre { font: .875rem/1.5 ui-monospace, monospace; }
.about { margin-left: auto; opacity: .7; }
.body { border-top: 1px solid var(--line); padding: .9rem; }
label { display: block; font-size: .85rem; margin: .4rem 0 .2rem; }
textarea { border: 1px solid var(--line); border-radius: 6px; box-sizing: border-box; min-height: 7rem; padding: .5rem; width: 100%; }
select, button { border: 1px solid var(--line); border-radius: 6px; font: inherit; padding: .3rem .9rem; }
button { background: #15803d; border-color: transparent; color: #fff; cursor: pointer; margin-top: .6rem; }
pre { background: var(--soft); border-radius: 6px; margin: .6rem 0 0; max-height: 24rem; overflow: auto; padding: .6rem; white-space: pre-wrap; word-break: break-word; }
.status { font-weight: 600; } .bad { color: #dc2626; } .good { color: #15803d; }
`;

const script = `
const doc = JSON.parse(document.getElementById('document').textContent);
document.title = doc.info.title;
document.getElementById('title').textContent = doc.info.title;
document.getElementById('description').textContent = doc.info.description || '';
const make = (tag, attributes, ...children) => {
  const element = Object.assign(document.createElement(tag), attributes);
  element.append(...children);
  return element;
};
const groups = new Map();
for (const [path, methods] of Object.entries(doc.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    const tag = operation.tags[0];
    if (!groups.has(tag)) groups.set(tag, []);
    groups.get(tag).push({ path, method, operation });
  }
}
const order = ['inference', 'open inference protocol', 'server'];
const routes = document.getElementById('routes');
for (const tag of order) {
  if (!groups.has(tag)) continue;
  routes.append(make('h2', { textContent: tag }));
  for (const route of groups.get(tag)) routes.append(panel(route));
}
const first = routes.querySelector('details');
if (first) first.open = true;

function panel({ path, method, operation }) {
  const id = method + path.replace(/[^a-z0-9]+/gi, '-');
  const body = make('div', { className: 'body' });
  const answer = make('div', { id: id + '-answer' });
  const send = make('button', { type: 'button', textContent: 'Send', id: id + '-send' });
  let text, types;
  if (operation.requestBody) {
    const content = operation.requestBody.content;
    const textual = Object.keys(content).filter((type) => (content[type].schema || {}).format !== 'binary');
    types = make('select', { id: id + '-type' }, ...textual.map((type) => make('option', { textContent: type, value: type })));
    text = make('textarea', { id: id + '-body', spellcheck: false, placeholder: ${JSON.stringify(noExample)} });
    const fill = () => {
      const example = content[types.value].example;
      if (example !== undefined) text.value = JSON.stringify(example, null, 2).replace(/\\[\\s+([^\\[\\]{}]*?)\\s+\\]/g, (m, inner) => '[' + inner.replace(/\\s+/g, ' ') + ']');
    };
    fill();
    types.addEventListener('change', fill);
    body.append(make('label', { htmlFor: types.id, textContent: 'Content type' }), types, make('label', { htmlFor: text.id, textContent: 'Body' }), text);
  }
  send.addEventListener('click', async () => {
    send.disabled = true;
    const started = performance.now();
    try {
      const response = await fetch(path, text ? { method: 'POST', headers: { 'content-type': types.value }, body: text.value } : {});
      const content = await response.text();
      const time = (performance.now() - started).toFixed(1);
      const line = make('p', { className: 'status ' + (response.ok ? 'good' : 'bad'), textContent: response.status + ' ' + response.statusText + ' in ' + time + ' ms' });
      let shown = content;
      if (/json/.test(response.headers.get('content-type') || '') && content.length < 20000) {
        // Parsing would round long integers, so that only problems, which have none, are laid out anew.
        if (!response.ok) shown = JSON.stringify(JSON.parse(content), null, 2);
      }
      answer.replaceChildren(line, make('pre', { textContent: shown }));
    } catch (error) {
      answer.replaceChildren(make('p', { className: 'status bad', textContent: String(error) }));
    } finally {
      send.disabled = false;
    }
  });
  body.append(send, answer);
  return make('details', { id },
    make('summary', {}, make('span', { className: 'method ' + method, textContent: method.toUpperCase() }), make('code', { textContent: path }), make('span', { className: 'about', textContent: operation.summary })),
    body);
}
`;
