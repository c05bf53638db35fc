/** A part of a document that is shown whole or not at all. */
export interface DocumentItem {
  /** 0 is the most important. */
  readonly rank: number;
  /** What the ending counts where the item is not shown. */
  readonly label?: string;
  readonly render: () => string;
}

/** A list of items under a heading; without an item that is shown, the heading isn't either. */
export interface DocumentSection {
  readonly heading: string;
  readonly items: readonly DocumentItem[];
  /** Said below the items where some of this section are not shown. */
  readonly more: (hidden: number) => string;
}

/** What a document leaves out. */
export interface Hidden {
  /** Items that are too long for the document, whatever their rank. */
  readonly tooLong: number;
  /** How many items of each label. */
  readonly labels: ReadonlyMap<string, number>;
}

/** A document: fixed text, and sections whose items are dropped, the least important first. */
export type DocumentPart = string | DocumentSection;

/** How a document's length is counted, and how long it may be. */
export interface Limit {
  readonly unit: 'characters' | 'bytes';
  readonly most: number;
}

/** A comment's body: https://github.com/dead-claudia/github-limits#comments; the API answers 422 beyond it. */
export const COMMENT_LIMIT: Limit = { unit: 'characters', most: 65_536 };
/** A step's summary: https://docs.github.com/actions/reference/workflow-commands-for-github-actions#step-isolation-and-limits */
export const SUMMARY_LIMIT: Limit = { unit: 'bytes', most: 1_048_576 };

// An item that alone takes this share of the limit is not shown: it would push out all the others.
const LARGEST_SHARE = 1 / 4;

/** A document that keeps to a limit. `ending` says what is missing; it is called with 0 where nothing is. */
export function composeDocument(
  parts: readonly DocumentPart[],
  ending: (hidden: number, which: Hidden) => string,
  limit: Limit,
): string {
  const measure = (text: string): number => (limit.unit === 'bytes' ? Buffer.byteLength(text) : text.length);
  const sections = parts.filter((part) => typeof part !== 'string');
  const items = sections.flatMap((section) => section.items);
  const total = items.length;
  const fixed = parts.reduce((sum, part) => sum + (typeof part === 'string' ? measure(part) + 1 : 0), 0);
  const endings = [0, total - 1, total].map((count) => ending(total, { tooLong: count, labels: countLabels(items) }));
  let left =
    limit.most - fixed - Math.max(...endings.map(measure), measure(ending(0, { tooLong: 0, labels: new Map() })));
  let tooLong = 0;
  const chosen = new Map<DocumentItem, string>();
  const opened = new Set<DocumentSection>();
  const candidates = sections.flatMap((section) => section.items.map((item) => ({ section, item })));
  candidates.sort((a, b) => a.item.rank - b.item.rank);
  for (const { section, item } of candidates) {
    const text = item.render();
    const size = measure(text) + 1;
    if (size > limit.most * LARGEST_SHARE) {
      tooLong += 1;
      continue;
    }
    const frame = opened.has(section) ? 0 : measure(section.heading) + measure(section.more(section.items.length)) + 2;
    // From here on nothing is shown: what comes later is less important.
    if (size + frame > left) break;
    left -= size + frame;
    opened.add(section);
    chosen.set(item, text);
  }
  const lines = parts.flatMap((part) => {
    if (typeof part === 'string') return [part];
    if (!opened.has(part)) return [];
    const shown = part.items.flatMap((item) => chosen.get(item) ?? []);
    const hidden = part.items.length - shown.length;
    return [part.heading, ...shown, ...(hidden > 0 ? [part.more(hidden)] : [])];
  });
  const labels = countLabels(items.filter((item) => !chosen.has(item)));
  return `${lines.join('\n')}${ending(total - chosen.size, { tooLong, labels })}`;
}

function countLabels(items: readonly DocumentItem[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { label } of items) if (label !== undefined) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}
