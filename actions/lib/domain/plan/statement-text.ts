import { shorten } from '../text/shorten.ts';
import { canonicalText } from './diff.ts';
import { memberOf } from './redact.ts';

/** A statement or a grant in words. */
export interface Described {
  readonly text: string;
  /** The same with its longest lists shortened. */
  readonly brief: string;
}

interface Part {
  readonly word: string;
  readonly value: unknown;
}

/** A text that is brief already. */
export function said(text: string): Described {
  return { text, brief: text };
}

/** A statement of a policy in words: who may do what, on what, and if what. */
export function describeStatement(statement: unknown): Described {
  const parts = (
    [
      ['Action', ''],
      ['NotAction', 'everything but '],
      ['Resource', 'on '],
      ['NotResource', 'on everything but '],
      ['Principal', 'for '],
      ['NotPrincipal', 'for everyone but '],
      ['Condition', 'if '],
    ] as const
  ).flatMap(([key, word]) => {
    const value = memberOf(statement, key);
    return value === undefined ? [] : [{ word, value }];
  });
  const effect = textOf(memberOf(statement, 'Effect')) || 'Allow';
  return describeParts([{ word: '', value: effect }, ...parts], ' ');
}

// An IAM policy is of at most 10,240 characters, and one of a bucket of 20 KB: the parts of most are shown whole.
const LONGEST_PART_CHARACTERS = 1_000;
const LONGEST_LIST_CHARACTERS = 120;

/** Several members in words. Of a long list of names what is left out is counted, and no wildcard is left out. */
export function describeParts(parts: readonly Part[], separator: string): Described {
  const render = (how: (value: unknown) => string): string =>
    parts.map(({ word, value }) => `${word}${how(value)}`).join(separator);
  return { text: render(textOf), brief: render(briefOf) };
}

function briefOf(value: unknown): string {
  const text = textOf(value);
  if (!Array.isArray(value)) return shorten(text, LONGEST_PART_CHARACTERS, LONGEST_PART_CHARACTERS);
  const names = value.map(textOf);
  // Names with a colon and no ARN are actions: a long list of them is what matters least.
  const isActions = names.every((name) => /^[\w*?-]+(?::[\w*?-]+)?$/.test(name));
  const room = isActions ? LONGEST_LIST_CHARACTERS : LONGEST_PART_CHARACTERS;
  if (text.length <= room) return text;
  // The shortest pattern matches most.
  const wild = names.filter(hasWildcard).sort((a, b) => a.length - b.length);
  const plain = names.filter((name) => !hasWildcard(name));
  const shown = [...wild];
  let left = room - wild.join(', ').length;
  for (const name of plain) {
    left -= name.length + 2;
    if (left < 0) break;
    shown.push(name);
  }
  const list = shorten(shown.join(', '), LONGEST_PART_CHARACTERS, LONGEST_PART_CHARACTERS);
  return shown.length === names.length ? list : `${list} and ${String(names.length - shown.length)} more`;
}

function hasWildcard(name: string): boolean {
  return /[*?]/.test(name);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return value === undefined ? '' : canonicalText(value);
}
