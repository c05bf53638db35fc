import type { AttributeChange, Shown } from './diff.ts';
import { codeBlock, htmlCode, visible } from '../text/markdown.ts';
import { shorten } from '../text/shorten.ts';
import type { ResourceSummary } from './summary.ts';
import { ACTION_WORDS } from './words.ts';

// Keys of a map can be as long as somebody likes.
const LONGEST_PATH_CHARACTERS = 300;

/** A value as a diff shows it. */
function renderShown(shown: Shown): string {
  switch (shown.kind) {
    case 'absent':
      return '(none)';
    case 'hidden':
      return '(hidden)';
    case 'unknown':
      return '(known after apply)';
    case 'reordered':
      return '(the same elements in another order)';
    case 'value':
      return shown.text;
  }
}

/** An attribute's change as one line of a diff: `+ a = 1`, `- a = 1`, or `! a: 1 -> 2`. */
export function renderAttribute(attribute: AttributeChange): string {
  const { before, after, forcesReplacement } = attribute;
  const path = shorten(attribute.path, LONGEST_PATH_CHARACTERS);
  const reason = forcesReplacement ? '  # forces replacement' : '';
  if (before.kind === 'absent') return `+ ${path} = ${renderShown(after)}${reason}`;
  if (after.kind === 'absent') return `- ${path} = ${renderShown(before)}${reason}`;
  const sameHidden = before.kind === 'hidden' && after.kind === 'hidden' ? '  # a hidden value changes' : '';
  return `! ${path}: ${renderShown(before)} -> ${renderShown(after)}${sameHidden}${reason}`;
}

/** A resource's change in one line: what is done, to what, and what is to know of it. */
export function resourceTitle(resource: ResourceSummary): string {
  const notes = [
    ...(resource.deposed ? ['deposed object'] : []),
    ...(resource.previousAddress === null ? [] : [`moved from ${resource.previousAddress}`]),
    ...(resource.importId === null ? [] : [`imported from ${resource.importId}`]),
  ];
  return `${resource.address}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`;
}

/** A resource's change as a collapsed block of Markdown. */
export function renderResourceBlock(resource: ResourceSummary): string {
  const lines = resource.attributes.map(renderAttribute);
  const summary = `<summary>${ACTION_WORDS[resource.action]} ${htmlCode(resourceTitle(resource))}</summary>`;
  const body = lines.length === 0 ? 'No attribute changes.' : codeBlock(lines, 'diff');
  return `<details>${summary}\n\n${body}\n\n</details>`;
}

/** A resource's change as plain text for the file with the full plan. */
export function renderResourceText(resource: ResourceSummary): string {
  const lines = resource.attributes.map((attribute) => `  ${visible(renderAttribute(attribute))}`);
  return [`${ACTION_WORDS[resource.action]} ${visible(resourceTitle(resource))}`, ...lines].join('\n');
}
