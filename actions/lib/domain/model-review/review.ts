import { percentile } from '../smoke/check.ts';
import { signatureChanges, type DescribedModel, type SignatureChange } from './described-model.ts';
import type { ReviewLimits } from './limits.ts';
import {
  rowDifference,
  type LabelChange,
  type RowAnswer,
  type RowDifference,
  type RowOrigin,
  type RowPair,
} from './row-difference.ts';

/** One side of a review: a model in the server of its own commit. */
export interface ReviewedModel {
  /** Digest over the files of the model's folder. */
  readonly digest: string;
  /** Size of these files. */
  readonly bytes: number;
  readonly described: DescribedModel;
}

/** A row whose answer differs, for people. */
export interface MovedRow {
  readonly name: string;
  readonly origin: RowOrigin;
  readonly labels: readonly LabelChange[];
  readonly largest: number;
  readonly move: { readonly at: string; readonly before: number; readonly after: number } | undefined;
}

/** A row that is refused now, or whose answer has another form. */
interface ChangedForm {
  readonly name: string;
  readonly origin: RowOrigin;
  readonly detail: string;
}

/** Rows of one kind: how many, and the first ones. */
interface ChangedForms {
  readonly count: number;
  readonly shown: readonly ChangedForm[];
}

/** A limit that the candidate exceeds. */
interface ExceededLimit {
  readonly id: string;
  readonly sentence: string;
}

/** What a candidate answers differently from the model before it. */
export interface ModelReview {
  readonly service: string;
  readonly base: ReviewedModel;
  readonly head: ReviewedModel;
  /** Rows by where they come from. */
  readonly rows: Readonly<Partial<Record<RowOrigin, number>>>;
  readonly rowCount: number;
  /** Rows that both answered in the same form. */
  readonly comparedCount: number;
  /** Of these, rows that have a label. */
  readonly labelledCount: number;
  /** Rows whose label changed. */
  readonly changedLabelCount: number;
  /** How labels changed, the most frequent first. */
  readonly transitions: readonly { readonly before: string; readonly after: string; readonly count: number }[];
  /** Distances of the rows' scores: largest of a row, over the rows. */
  readonly scores: {
    readonly differing: number;
    readonly median: number;
    readonly p99: number;
    readonly largest: number;
  };
  /** Rows by the decade of their largest distance; key `0` for equal scores. */
  readonly histogram: readonly { readonly upTo: number; readonly count: number }[];
  readonly nonFiniteCount: number;
  readonly refusedNow: ChangedForms;
  readonly otherForm: ChangedForms;
  readonly answeredNowCount: number;
  /** The rows that differ most: changed labels first, then by distance. */
  readonly moved: readonly MovedRow[];
  /** Median time of a request in milliseconds, each pair asked in turn; undefined for too few rows. */
  readonly latency: { readonly base: number; readonly head: number } | undefined;
  readonly signature: readonly SignatureChange[];
  readonly exceeded: readonly ExceededLimit[];
  readonly tolerance: number;
}

const SHOWN_ROWS = 10;
const SHOWN_TRANSITIONS = 10;

/** The review of two models from their answers to the same rows. */
export function reviewModels(
  service: string,
  models: { readonly base: ReviewedModel; readonly head: ReviewedModel },
  pairs: readonly RowPair[],
  limits: ReviewLimits,
): ModelReview {
  const described = { base: models.base.described, head: models.head.described };
  const rows = pairs.map((pair) => ({ ...pair, difference: rowDifference(pair, described) }));
  const compared = rows.flatMap(({ row, difference }) =>
    difference.kind === 'compared' ? [{ name: row.name, origin: row.origin, ...difference }] : [],
  );
  // One digit of a distance tells nothing of a captured value.
  const distances = compared
    .map(({ largest, origin }) => (origin === 'captured' ? Number(largest.toPrecision(1)) : largest))
    .sort((a, b) => a - b);
  const changed = compared.filter(({ labels }) => labels.length > 0);
  const review = {
    service,
    ...models,
    rows: countBy(pairs.map(({ row }) => row.origin)),
    rowCount: pairs.length,
    comparedCount: compared.length,
    labelledCount: compared.filter(({ hasLabels }) => hasLabels).length,
    changedLabelCount: changed.length,
    transitions: transitionsOf(changed.flatMap((row) => shownRow(row).labels)),
    scores: {
      differing: distances.filter((distance) => distance > limits.tolerance).length,
      median: percentile(distances, 0.5) ?? 0,
      p99: percentile(distances, 0.99) ?? 0,
      largest: distances.at(-1) ?? 0,
    },
    histogram: histogramOf(distances),
    nonFiniteCount: compared.filter(({ isNonFiniteNow }) => isNonFiniteNow).length,
    refusedNow: formsOf(rows, 'refused now'),
    otherForm: formsOf(rows, 'other form'),
    answeredNowCount: rows.filter(({ difference }) => difference.kind === 'answered now').length,
    moved: compared
      .filter(({ labels, largest }) => labels.length > 0 || largest > limits.tolerance)
      .sort((a, b) => b.labels.length - a.labels.length || b.largest - a.largest)
      .slice(0, SHOWN_ROWS)
      .map(shownRow),
    latency: latencyOf(pairs),
    signature: signatureChanges(described.base, described.head),
    tolerance: limits.tolerance,
  };
  return { ...review, exceeded: exceededLimits(review, limits) };
}

/** Whether callers get the same answers: no row differs in label, form or by more than the tolerance. */
export function hasSameAnswers(review: ModelReview): boolean {
  return (
    review.changedLabelCount === 0 &&
    review.scores.differing === 0 &&
    review.nonFiniteCount === 0 &&
    review.refusedNow.count === 0 &&
    review.otherForm.count === 0 &&
    review.answeredNowCount === 0
  );
}

function formsOf(
  rows: readonly (RowPair & { readonly difference: RowDifference })[],
  kind: 'refused now' | 'other form',
): ChangedForms {
  const forms = rows.flatMap(({ row: { name, origin }, difference }) =>
    difference.kind === kind
      ? [{ name, origin, detail: origin === 'captured' ? 'not shown: the request was captured' : difference.detail }]
      : [],
  );
  return { count: forms.length, shown: forms.slice(0, SHOWN_ROWS) };
}

const HIDDEN = 'not shown';

/** A row without its values where they were captured; the distance keeps one digit. */
function shownRow({ name, origin, labels, largest, move }: MovedRow): MovedRow {
  if (origin !== 'captured') return { name, origin, labels, largest, move };
  const hidden = labels.map(({ at }) => ({ at, before: HIDDEN, after: HIDDEN }));
  return { name, origin, labels: hidden, largest: Number(largest.toPrecision(1)), move: undefined };
}

function countBy<Key extends string>(keys: readonly Key[]): Partial<Record<Key, number>> {
  const counts: Partial<Record<Key, number>> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}

function transitionsOf(changes: readonly LabelChange[]): ModelReview['transitions'] {
  const counts = new Map<string, { readonly before: string; readonly after: string; count: number }>();
  for (const { before, after } of changes) {
    const key = JSON.stringify([before, after]);
    const known = counts.get(key) ?? { before, after, count: 0 };
    known.count += 1;
    counts.set(key, known);
  }
  return [...counts.values()].sort((a, b) => b.count - a.count).slice(0, SHOWN_TRANSITIONS);
}

const DECADES = [0, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, Infinity];

function histogramOf(sorted: readonly number[]): ModelReview['histogram'] {
  return DECADES.map((upTo, index) => {
    const from = DECADES[index - 1] ?? -1;
    return { upTo, count: sorted.filter((distance) => distance > from && distance <= upTo).length };
  });
}

// A median of fewer says nothing on a shared machine.
const LEAST_TIMED_ROWS = 30;

function latencyOf(pairs: readonly RowPair[]): ModelReview['latency'] {
  const times = (side: 'base' | 'head'): readonly number[] =>
    pairs
      .filter(({ base, head }) => isMeasured(base) && isMeasured(head))
      .flatMap((pair) => (pair[side].kind === 'answered' ? [pair[side].latencyMilliseconds] : []))
      .sort((a, b) => a - b);
  const [base, head] = [times('base'), times('head')];
  return base.length < LEAST_TIMED_ROWS
    ? undefined
    : { base: percentile(base, 0.5) ?? 0, head: percentile(head, 0.5) ?? 0 };
}

function isMeasured(answer: RowAnswer): boolean {
  return answer.kind === 'answered' && answer.status < 300;
}

function exceededLimits(review: Omit<ModelReview, 'exceeded'>, limits: ReviewLimits): readonly ExceededLimit[] {
  const { scores, labelledCount, changedLabelCount, latency, base, head } = review;
  const changedPercent = labelledCount === 0 ? 0 : (100 * changedLabelCount) / labelledCount;
  const slowdown = latency === undefined || latency.base === 0 ? 1 : latency.head / latency.base;
  const growth = base.bytes === 0 ? 1 : head.bytes / base.bytes;
  const check = (id: string, found: number, limit: number | undefined, what: string): readonly ExceededLimit[] =>
    limit === undefined || found <= limit
      ? []
      : [{ id, sentence: `${what}: ${found.toPrecision(3)}, the limit of review.json is ${String(limit)}` }];
  return [
    ...check('largestDifference', scores.largest, limits.largestDifference, 'a score moves by more than allowed'),
    ...check(
      'changedLabelsPercent',
      changedPercent,
      limits.changedLabelsPercent,
      'more labels change than allowed, in percent',
    ),
    ...check('slowdownRatio', slowdown, limits.slowdownRatio, 'requests take longer than allowed, as a factor'),
    ...check('sizeRatio', growth, limits.sizeRatio, 'the files grow more than allowed, as a factor'),
  ];
}
