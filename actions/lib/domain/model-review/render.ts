import { codeSpan } from '../text/markdown.ts';
import { composeDocument, SUMMARY_LIMIT, type DocumentItem, type DocumentPart } from '../text/size-budget.ts';
import { hasSameAnswers, isHidden } from './review.ts';
import { isBreaking, renderSignatureChange } from './signature-changes.ts';
import type { ExceededLimit, LimitId, ModelReview, MovedRow, ReviewSummary } from './summary.ts';
import { NOT_COMPARED_WORDS } from './words.ts';

/** The review in its most important sentences, what callers notice first. */
export function reviewLead(review: ModelReview): readonly string[] {
  const { signature, refusedNow, otherForm, nonFiniteCount, rowCount } = review;
  return [
    ...review.exceeded.map((limit) => `over the limit: ${renderLimit(limit)}`),
    ...signature.filter(isBreaking).map(renderSignatureChange),
    ...counted(refusedNow.count, rowCount, 'was answered and is refused now', 'were answered and are refused now'),
    ...counted(otherForm.count, rowCount, 'gets an answer of another form', 'get an answer of another form'),
    ...counted(nonFiniteCount, rowCount, 'gets NaN or an infinity now', 'get NaN or an infinity now'),
    ...answerSentences(review),
    ...(review.notAskedCount === 0 ? [] : [`${rowsOf(review.notAskedCount)} not asked: the time was over`]),
    ...sizeAndTime(review),
    ...signature.filter((change) => !isBreaking(change)).map(renderSignatureChange),
  ];
}

const LIMIT_WORDS: Readonly<Record<LimitId, string>> = {
  largestDifference: 'a score moves by',
  changedLabelsPercent: 'rows that change their label, in percent:',
  slowdownRatio: 'requests take longer by the factor',
  sizeRatio: 'the files grow by the factor',
};

/** A limit that is exceeded, in words with its numbers. */
export function renderLimit({ id, found, limit }: ExceededLimit): string {
  return `${LIMIT_WORDS[id]} ${shortNumber(found)}, and review.json allows ${String(limit)} (${id})`;
}

/** One sentence about a review, without the names of the service and its files. */
export function reviewHeadline({ result }: Pick<ReviewSummary, 'result'>): string {
  switch (result.kind) {
    case 'compared':
      return reviewLead(result.review)[0] ?? '';
    case 'not-compared':
      return NOT_COMPARED_WORDS[result.why];
    case 'failed':
      return 'the candidate could not be reviewed';
  }
}

function counted(count: number, of: number, one: string, many: string): readonly string[] {
  if (count === 0) return [];
  return [`${String(count)} of ${rowsOf(of)} ${count === 1 ? one : many}`];
}

function answerSentences(review: ModelReview): readonly string[] {
  const { changedLabelCount, labelledCount, scores, comparedCount, tolerance, transitions } = review;
  if (comparedCount === 0) return [`no row of ${String(review.rowCount)} could be compared`];
  if (hasSameAnswers(review)) {
    const bound =
      scores.largest === 0
        ? ''
        : `; scores move by at most ${shortNumber(scores.largest)}, within ${shortNumber(tolerance)}`;
    return [`no answer differs in ${rowsOf(comparedCount)}${bound}`];
  }
  const shown = transitions
    .filter((change) => !isHidden(change))
    .slice(0, 3)
    .map(({ before, after, count }) => `${String(count)} ${codeSpan(before)} → ${codeSpan(after)}`)
    .join(', ');
  // What is the same comes after what differs: a headline has the first sentence alone.
  return [
    ...(changedLabelCount === 0
      ? []
      : [
          `${String(changedLabelCount)} of ${rowsOf(labelledCount)} ${changedLabelCount === 1 ? 'changes its label' : 'change their label'}${shown === '' ? '' : ` (${shown})`}`,
        ]),
    ...(scores.largest === 0
      ? []
      : [
          `scores of ${String(scores.differing)} of ${rowsOf(comparedCount)} move by more than ${shortNumber(tolerance)}: at most ${shortNumber(scores.largest)}, median ${shortNumber(scores.median)}, p99 ${shortNumber(scores.p99)}`,
        ]),
    ...(labelledCount > 0 && changedLabelCount === 0 ? [`no label changes in ${rowsOf(labelledCount)}`] : []),
  ];
}

function sizeAndTime({ base, head, latency }: ModelReview): readonly string[] {
  const time =
    latency === null || latency.base === 0
      ? []
      : [
          `${(latency.head / latency.base).toFixed(2)}× the time (median ${shortNumber(latency.base)} → ${shortNumber(latency.head)} ms, asked in turn in one run)`,
        ];
  const size = base.bytes === head.bytes ? [] : [`${megabytes(base.bytes)} → ${megabytes(head.bytes)} MB`];
  return [...time, ...size];
}

// Truncation order among all parts of a comment: the highest rank is dropped first.
const RANK = { headline: 2, lead: 3, details: 11 } as const;

/**
 * The review of one service as a part of a document, what matters most first.
 *
 * @param warnings what is said of the changes that break callers
 * @param heading a line of Markdown
 */
export function reviewParts(
  summary: Pick<ReviewSummary, 'service' | 'result'>,
  warnings: readonly DocumentPart[] = [],
  heading = `### ${codeSpan(summary.service)}: what the model answers differently\n`,
): readonly DocumentPart[] {
  const { result } = summary;
  const detail = result.kind === 'compared' || result.detail === '' ? [] : [codeSpan(result.detail)];
  const [first = '', ...rest] =
    result.kind === 'compared' ? reviewLead(result.review) : [reviewHeadline(summary), ...detail];
  const lead: DocumentItem[] = [
    { rank: RANK.headline, render: () => `**${first}**\n` },
    ...rest.map((line, index) => ({
      rank: RANK.lead,
      // The last line ends the list, so that what follows is not read as a part of it.
      render: () => `- ${line}${index === rest.length - 1 ? '\n' : ''}`,
    })),
  ];
  return [
    { heading, items: lead, more: (hidden) => `- and ${String(hidden)} more\n` },
    ...warnings,
    ...(result.kind === 'compared' ? [detailSection(result.review)] : []),
  ];
}

/** The review as a document of its own. */
export function renderReview(summary: Pick<ReviewSummary, 'service' | 'result'>): string {
  const ending = (hidden: number): string =>
    hidden === 0 ? '\n' : `\n${String(hidden)} items are not shown here, the least important ones.\n`;
  return composeDocument(reviewParts(summary), ending, SUMMARY_LIMIT);
}

function detailSection(review: ModelReview): DocumentPart {
  const blocks: readonly (readonly [string, readonly string[]])[] = [
    ['Where the rows come from', originLines(review)],
    ['How far scores move', review.scores.largest === 0 ? [] : histogramLines(review)],
    ['Rows that differ most', review.moved.map(movedLine)],
    ['Rows that are refused now', formLines(review.refusedNow)],
    ['Rows with an answer of another form', formLines(review.otherForm)],
    ['How the server runs it', decisionLines(review)],
  ];
  return {
    heading: '',
    items: blocks
      .filter(([, lines]) => lines.length > 0)
      .map(([title, lines]) => ({
        rank: RANK.details,
        render: () => `<details><summary>${title}</summary>\n\n${lines.join('\n')}\n\n</details>\n`,
      })),
    more: (hidden) => `- and ${String(hidden)} more parts of the review\n`,
  };
}

function originLines({ rows, base, head }: ModelReview): readonly string[] {
  return [
    ...Object.entries(rows).map(([origin, count]) => `- ${origin}: ${rowsOf(count)}`),
    `- before: ${codeSpan(base.digest)}`,
    `- after: ${codeSpan(head.digest)}`,
  ];
}

const WIDEST_BAR = 30;

function histogramLines({ histogram, comparedCount }: ModelReview): readonly string[] {
  const lines = histogram
    .filter(({ count }) => count > 0)
    .map(({ upTo, count }) => {
      const bar = '█'.repeat(Math.max(1, Math.round((WIDEST_BAR * count) / comparedCount)));
      const range = upTo === 0 ? 'equal' : upTo === Infinity ? 'more than 1' : `up to ${String(upTo)}`;
      return `${range.padEnd(14)} ${String(count).padStart(7)} ${bar}`;
    });
  return ['```text', ...lines, '```'];
}

function movedLine({ name, origin, labelCount, labels, largest, move }: MovedRow): string {
  const changes = labels.map(
    ({ at, before, after }) => `${at === '' ? '' : `${codeSpan(at)} `}${codeSpan(before)} → ${codeSpan(after)}`,
  );
  const rest = labelCount - labels.length;
  const more =
    rest === 0 ? [] : [changes.length > 0 ? `${String(rest)} more labels` : `labels that change: ${String(rest)}`];
  const distance =
    move === null
      ? largest === 0
        ? []
        : [`a score moves by ${shortNumber(largest)}`]
      : [`${codeSpan(move.at)} ${shortNumber(move.before)} → ${shortNumber(move.after)}`];
  return `- ${codeSpan(name)} (${origin}): ${[...changes, ...more, ...distance].join(', ')}`;
}

function formLines({ count, shown }: ModelReview['refusedNow']): readonly string[] {
  const more = count - shown.length;
  return [
    ...shown.map(({ name, origin, detail }) => `- ${codeSpan(name)} (${origin}): ${codeSpan(detail)}`),
    ...(more > 0 ? [`- and ${String(more)} more`] : []),
  ];
}

/** What the server decided, or read from the file, where that changed. */
function decisionLines({ base, head }: ModelReview): readonly string[] {
  const names = [...new Set([...Object.keys(base.decisions), ...Object.keys(head.decisions)])];
  return names.flatMap((name) => {
    const [before, after] = [base.decisions[name], head.decisions[name]];
    return before === after
      ? []
      : [`- ${codeSpan(name)}: ${codeSpan(before ?? 'none')} → ${codeSpan(after ?? 'none')}`];
  });
}

function rowsOf(count: number): string {
  return `${String(count)} ${count === 1 ? 'row' : 'rows'}`;
}

/** A number by three digits. */
export function shortNumber(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : String(value);
}

function megabytes(bytes: number): string {
  return shortNumber(bytes / 1_000_000);
}
