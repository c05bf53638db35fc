/** A text within a line of Markdown. */
export function oneLine(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll(/\s*\n\s*/g, ' ');
}

/** A text within a cell of a Markdown table. */
export function cell(text: string): string {
  return oneLine(text).replaceAll('|', '\\|');
}
