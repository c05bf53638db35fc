/** The rows of a CSV text (RFC 4180): every field as it is, empty ones too. A line break at the end starts no row. */
export function parseCsv(text: string, separator: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const [field, end] = readField(text, at, separator);
    row.push(field);
    at = end;
    if (text.startsWith(separator, at)) {
      at += separator.length;
      // A separator at the very end is followed by an empty field.
      if (at < text.length) continue;
      row.push('');
    }
    rows.push(row);
    row = [];
    at += text.startsWith('\r\n', at) ? 2 : 1;
  }
  return rows;
}

/** The separator of a CSV text: a comma, or what other dialects have where there is no comma. */
export function separatorOf(text: string): string {
  return [',', ';', '\t'].find((candidate) => text.includes(candidate)) ?? ',';
}

function readField(text: string, start: number, separator: string): readonly [string, number] {
  if (text[start] === '"') {
    const quoted = /"((?:[^"]|"")*)"/y;
    quoted.lastIndex = start;
    const [token, content] = quoted.exec(text) ?? [];
    if (token !== undefined && content !== undefined && isBoundary(text, start + token.length, separator)) {
      return [content.replaceAll('""', '"'), start + token.length];
    }
  }
  let end = start;
  while (!isBoundary(text, end, separator)) end += 1;
  return [text.slice(start, end), end];
}

function isBoundary(text: string, at: number, separator: string): boolean {
  return at >= text.length || text[at] === '\n' || text.startsWith('\r\n', at) || text.startsWith(separator, at);
}
