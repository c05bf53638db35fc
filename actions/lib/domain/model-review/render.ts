import { codeSpan } from '../text/markdown.ts';
import { hasSameAnswers, type ModelReview, type MovedRow } from './review.ts';

/** The review in its most important sentences, what callers notice first. */
export function reviewLead(review: ModelReview): readonly string[] {
  const { signature, refusedNow, otherForm, nonFiniteCount, rowCount } = review;
  const breaking = signature.filter(({ isBreaking }) => isBreaking);
  return [
    ...review.exceeded.map(({ sentence }) => `over the limit: ${sentence}`),
    ...breaking.map(({ sentence }) => sentence),
    ...counted(refusedNow.count, rowCount, 'was answered and is refused now', 'were answered and are refused now'),
    ...counted(otherForm.count, rowCount, 'gets an answer of another form', 'get an answer of another form'),
    ...counted(nonFiniteCount, rowCount, 'gets NaN or an infinity now', 'get NaN or an infinity now'),
    ...answerSentences(review),
    ...sizeAndTime(review),
    ...signature.filter(({ isBreaking }) => !isBreaking).map(({ sentence }) => sentence),
  ];
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
      scores.largest === 0 ? '' : `; scores move by at most ${short(scores.largest)}, within ${short(tolerance)}`;
    return [`no answer differs in ${rowsOf(comparedCount)}${bound}`];
  }
  const shown = transitions
    .slice(0, 3)
    .map(({ before, after, count }) => `${String(count)} ${codeSpan(before)} → ${codeSpan(after)}`)
    .join(', ');
  return [
    ...(labelledCount === 0
      ? []
      : changedLabelCount === 0
        ? [`no label changes in ${rowsOf(labelledCount)}`]
        : [
            `${String(changedLabelCount)} of ${rowsOf(labelledCount)} ${changedLabelCount === 1 ? 'changes its label' : 'change their label'} (${shown})`,
          ]),
    ...(scores.largest === 0
      ? []
      : [
          `scores of ${String(scores.differing)} of ${rowsOf(comparedCount)} move by more than ${short(tolerance)}: at most ${short(scores.largest)}, median ${short(scores.median)}, p99 ${short(scores.p99)}`,
        ]),
  ];
}

function sizeAndTime({ base, head, latency }: ModelReview): readonly string[] {
  const time =
    latency === undefined || latency.base === 0
      ? []
      : [
          `${(latency.head / latency.base).toFixed(2)}× the time (median ${short(latency.base)} → ${short(latency.head)} ms, asked in turn in one run)`,
        ];
  const size = base.bytes === head.bytes ? [] : [`${megabytes(base.bytes)} → ${megabytes(head.bytes)} MB`];
  return [...time, ...size];
}

/** The review as a section of the pull request's comment. */
export function renderReview(review: ModelReview): string {
  const [first = '', ...rest] = reviewLead(review);
  const parts = [
    `### ${codeSpan(review.service)}: what the model answers differently`,
    [`**${first}**`, ...rest.map((line) => `- ${line}`)].join('\n\n').replaceAll('\n\n- ', '\n- '),
    details('Where the rows come from', originLines(review)),
    ...(review.scores.largest === 0 ? [] : [details('How far scores move', histogramLines(review))]),
    ...(review.moved.length === 0 ? [] : [details('Rows that differ most', review.moved.map(movedLine))]),
    ...formSection('Rows that are refused now', review.refusedNow),
    ...formSection('Rows with an answer of another form', review.otherForm),
    ...(decisionLines(review).length === 0 ? [] : [details('How the server runs it', decisionLines(review))]),
  ];
  return `${parts.join('\n\n')}\n`;
}

function details(title: string, lines: readonly string[]): string {
  return `<details><summary>${title}</summary>\n\n${lines.join('\n')}\n\n</details>`;
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

function movedLine({ name, origin, labels, largest, move }: MovedRow): string {
  const changes = labels
    .slice(0, 3)
    .map(({ at, before, after }) => `${codeSpan(at)} ${codeSpan(before)} → ${codeSpan(after)}`);
  const distance =
    move === undefined
      ? largest === 0
        ? []
        : [`a score moves by ${short(largest)}`]
      : [`${codeSpan(move.at)} ${short(move.before)} → ${short(move.after)}`];
  return `- ${codeSpan(name)} (${origin}): ${[...changes, ...distance].join(', ')}`;
}

function formSection(title: string, forms: ModelReview['refusedNow']): readonly string[] {
  if (forms.count === 0) return [];
  const more = forms.count - forms.shown.length;
  return [
    details(title, [
      ...forms.shown.map(({ name, origin, detail }) => `- ${codeSpan(name)} (${origin}): ${codeSpan(detail)}`),
      ...(more > 0 ? [`- and ${String(more)} more`] : []),
    ]),
  ];
}

const DECISIONS = ['placement', 'batching', 'batchingReason', 'producer', 'opset', 'license'];

/** What the server decided, or read from the file, where that changed. */
function decisionLines({ base, head }: ModelReview): readonly string[] {
  return DECISIONS.flatMap((name) => {
    const [before, after] = [base.described.properties[name], head.described.properties[name]];
    return before === after ? [] : [`- ${name}: ${codeSpan(before ?? 'none')} → ${codeSpan(after ?? 'none')}`];
  });
}

function rowsOf(count: number): string {
  return `${String(count)} ${count === 1 ? 'row' : 'rows'}`;
}

function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : String(value);
}

function megabytes(bytes: number): string {
  return short(bytes / 1_000_000);
}
