import type { WireResponse } from '../wire/messages.ts';

/** An XML element: text, elements by name, or a list of elements of one name. */
export type Xml = string | number | boolean | { readonly [name: string]: Xml | undefined } | readonly Xml[];

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** A document with one root element. */
export function xmlResponse(
  status: number,
  document: Readonly<Record<string, Xml>>,
  headers: Readonly<Record<string, string>> = {},
): WireResponse {
  const [root = ''] = Object.keys(document);
  const start = root === 'Error' ? `<${root}>` : `<${root} xmlns="${NAMESPACE}">`;
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n${start}${render(document[root] ?? '')}</${root}>`;
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body };
}

function render(value: Xml): string {
  if (typeof value !== 'object') return escapeText(String(value));
  return Object.entries(value)
    .map(([name, child]: [string, Xml | undefined]) => {
      const children: readonly (Xml | undefined)[] = Array.isArray(child) ? (child as readonly Xml[]) : [child];
      return children.map((each) => (each === undefined ? '' : `<${name}>${render(each)}</${name}>`)).join('');
    })
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

const escapeText = (text: string): string => text.replace(/[&<>"\r]/g, (character) => ENTITIES[character] ?? '');
