/** A labelled block of an HCL file, such as `variable "name" { … }`. */
export interface HclBlock {
  readonly type: string;
  readonly labels: readonly string[];
  /** The attributes of the block itself, each with the text of its expression; nested blocks are left out. */
  readonly attributes: ReadonlyMap<string, string>;
}

/**
 * The top-level blocks of an HCL file. It reads what `terraform fmt` writes, and only as far as documentation needs:
 * attributes keep their text, nothing is evaluated.
 *
 * @throws Error when braces, brackets or quotes don't close.
 */
export function parseHclBlocks(text: string): readonly HclBlock[] {
  const blocks: HclBlock[] = [];
  let rest = stripComments(text);
  for (;;) {
    const start = /^(\w+)((?: "[^"]*")*) \{$/m.exec(rest);
    if (start === null) return blocks;
    const open = start.index + start[0].length - 1;
    const close = findClose(rest, open);
    blocks.push({
      type: start[1] ?? '',
      labels: [...(start[2] ?? '').matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? ''),
      attributes: parseAttributes(rest.slice(open + 1, close)),
    });
    rest = rest.slice(close + 1);
  }
}

function parseAttributes(body: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  let position = 0;
  while (position < body.length) {
    const line = /[^\n]*\n?/y;
    line.lastIndex = position;
    const found = line.exec(body)?.[0] ?? '';
    const end = position + Math.max(found.length, 1);
    const attribute = /^\s*(\w+)\s*= /.exec(found);
    const opens = attribute === null ? /\{\s*$/.exec(found) : /[{[(]+\s*$/.exec(found);
    const stop = opens === null ? end : findClose(body, position + opens.index) + 1;
    const [prefix = '', name] = attribute ?? [];
    if (name !== undefined) attributes.set(name, body.slice(position + prefix.length, stop).trim());
    position = Math.max(stop, end);
  }
  return attributes;
}

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' };

function findClose(text: string, open: number): number {
  const expected: string[] = [];
  for (let index = open; index < text.length; index++) {
    const character = text[index] ?? '';
    if (character === '"') index = skipString(text, index);
    const closing = CLOSING[character];
    if (closing !== undefined) expected.push(closing);
    else if (character === expected.at(-1)) {
      expected.pop();
      if (expected.length === 0) return index;
    }
  }
  throw new Error(`nothing closes the ${text[open] ?? ''} in ${JSON.stringify(text.slice(open, open + 60))}`);
}

/** The index of the quote that ends the string at `start`; a template `${…}` may hold strings of its own. */
function skipString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    if (text[index] === '\\') index++;
    else if (text.startsWith('$${', index)) index += 2;
    else if (text.startsWith('${', index)) index = findClose(text, index + 1);
    else if (text[index] === '"') return index;
  }
  throw new Error(`nothing ends the string ${JSON.stringify(text.slice(start, start + 60))}`);
}

function stripComments(text: string): string {
  return text.replaceAll(/^\s*#.*\n/gm, '');
}
