import { createHash } from 'node:crypto';

const LONGEST_SHOWN_CHARACTERS = 1_000;
const HEAD_CHARACTERS = 160;

/**
 * A text of bounded length: a long one is shown by its head, its length and the start of its SHA-256.
 *
 * @param headCharacters how much of a long text is shown
 */
export function shorten(
  text: string,
  limit: number = LONGEST_SHOWN_CHARACTERS,
  headCharacters: number = Math.min(HEAD_CHARACTERS, limit),
): string {
  if (text.length <= limit) return text;
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 12);
  const head = text.slice(0, headCharacters).toWellFormed();
  return `${head}… (${text.length.toLocaleString('en-US')} characters, SHA-256 ${digest}…)`;
}

/** The first lines of a text, each of bounded length, and how many more there are. */
export function firstLines(text: string, most: number, longest?: number): readonly string[] {
  const lines = text.split(/\r?\n/);
  const shown = lines.slice(0, most).map((line) => shorten(line, longest));
  return lines.length <= most ? shown : [...shown, `and ${(lines.length - most).toLocaleString('en-US')} more lines`];
}
