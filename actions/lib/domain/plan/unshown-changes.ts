import { codeBlock } from '../text/markdown.ts';
import { shorten } from '../text/shorten.ts';
import type { DocumentSection } from '../text/size-budget.ts';
import type { MeantChange, UnshownChange } from './meaning.ts';

// A reader who has to see more than this looks at both plans.
const MOST_LINES = 30;
const LONGEST_TEXT_CHARACTERS = 200;

/** Lines that say which changes were not shown: `-` stands for what was shown, `+` for what is planned now. */
export function renderUnshown(unshown: readonly UnshownChange[]): readonly string[] {
  return bounded(unshown.flatMap(linesOf));
}

/** The changes that were not shown as a part of a document, each in a block of its own. */
export function unshownSection(unshown: readonly UnshownChange[], rank: number): DocumentSection {
  return {
    heading: 'Not shown to the reviewers (`-` what was shown, `+` what would be done):\n',
    items: unshown.map((change) => ({ rank, render: () => codeBlock(bounded(linesOf(change)), 'diff') })),
    more: (hidden) => `\n${hidden.toLocaleString('en-US')} more changes were not shown.\n`,
  };
}

function linesOf({ now, shown }: UnshownChange): readonly string[] {
  const [before, after] = [shown?.values ?? [], now.values].map((values) => new Set(values.map(renderValue)));
  const lines = [
    ...[...(before ?? [])].filter((line) => after?.has(line) !== true).map((line) => `-   ${line}`),
    ...[...(after ?? [])].filter((line) => before?.has(line) !== true).map((line) => `+   ${line}`),
  ];
  const removed = shown === undefined || shown.action === now.action ? [] : [`- ${renderAction(shown)}`];
  return [...removed, `+ ${renderAction(now)}`, ...lines];
}

function bounded(lines: readonly string[]): readonly string[] {
  const hidden = lines.length - MOST_LINES;
  return hidden <= 0 ? lines : [...lines.slice(0, MOST_LINES), `  and ${hidden.toLocaleString('en-US')} more lines`];
}

function renderAction({ action, subject }: MeantChange): string {
  return `${shorten(action, LONGEST_TEXT_CHARACTERS)} ${shorten(subject, LONGEST_TEXT_CHARACTERS)}`;
}

function renderValue({ path, after }: MeantChange['values'][number]): string {
  const text = after.kind === 'value' ? after.text : `(${after.kind})`;
  return `${shorten(path, LONGEST_TEXT_CHARACTERS)} = ${shorten(text, LONGEST_TEXT_CHARACTERS)}`;
}
