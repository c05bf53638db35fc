import { shorten } from './shorten.ts';

// Names longer than this are shown by their head and their digest: a name is no place for a document.
const LONGEST_NAME_CHARACTERS = 200;

// What shows nothing, or a gap that is no space: control and format characters, unassigned ones, what Unicode lets a font
// ignore, all white space but the space, and the blanks among symbols (Braille, musical, Khitan, Egyptian).
const INVISIBLE =
  /(?! )(?:[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\p{White_Space}\u{2800}\u{fffc}\u{13441}\u{13442}\u{1d159}]|\u{16fe4})/gu;

/**
 * A text whose every character can be seen: control characters, escape sequences, line breaks, blank characters, and marks
 * that turn the direction of text are written as `\u{…}`.
 */
export function visible(text: string): string {
  return text.replaceAll(INVISIBLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** A name or a value as Markdown code: nothing in it is markup, a mention or a link, whatever it holds. */
export function codeSpan(text: string): string {
  return wholeCodeSpan(shorten(text, LONGEST_NAME_CHARACTERS));
}

/** A text as {@link codeSpan}, never shortened: the caller bounds it. */
export function wholeCodeSpan(text: string): string {
  const shown = visible(text);
  if (shown.trim() === '') return shown === '' ? '(empty)' : `(${String(shown.length)} spaces)`;
  const fence = '`'.repeat(longestRun(shown) + 1);
  const pad = /^`|`$|^ .* $/.test(shown) ? ' ' : '';
  return `${fence}${pad}${shown}${pad}${fence}`;
}

/** Lines as a fenced block of code; none of them can end it. */
export function codeBlock(lines: readonly string[], language: string): string {
  const shown = lines.map(visible);
  const fence = '`'.repeat(Math.max(3, longestRun(shown.join('\n')) + 1));
  return `${fence}${language}\n${shown.join('\n')}\n${fence}`;
}

/** A name as code inside an HTML block, where Markdown is not read. */
export function htmlCode(text: string): string {
  return `<code>${escapeHtml(visible(shorten(text, LONGEST_NAME_CHARACTERS)))}</code>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"'`@#:]/g, (character) => `&#${String(character.charCodeAt(0))};`);
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}

/** A text for one line of the log, in which nothing is a workflow command. The caller puts something before it. */
export function logText(text: string): string {
  // The runner looks for `##[command]` anywhere in a line, and for `::command::` at its start.
  return visible(text).replaceAll('##[', '##\\u{5b}').replace(/^::/, '\\u{3a}:');
}

/** Several lines for the log, each of them as {@link logText}; line breaks stay. */
export function logLines(text: string): string {
  return text.split(/\r?\n/).map(logText).join('\n');
}

/** Whether GitHub keeps two texts as the same one: it may return line breaks as CRLF, and drops white space at the end. */
export function isSameBody(one: string, other: string): boolean {
  const normal = (text: string): string => text.replaceAll('\r\n', '\n').trimEnd();
  return normal(one) === normal(other);
}
