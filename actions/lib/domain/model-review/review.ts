import { UserError } from '../errors/user-error.ts';
import { percentile } from '../smoke/check.ts';
import { shorten } from '../text/shorten.ts';
import type { DescribedModel } from './described-model.ts';
import type { ReviewLimits } from './limits.ts';
import type { RowResult } from './row-difference.ts';
import { signatureChanges } from './signature-changes.ts';
import {
  LIMIT_IDS,
  type ChangedForms,
  type ExceededLimit,
  type LabelChange,
  type LimitId,
  type ModelReview,
  type MovedRow,
  type ReviewedSide,
  type ReviewResult,
} from './summary.ts';

/** One side of a review: a model in the server of its own commit. */
export interface ReviewedModel {
  /** Digest over the files of the model's folder. */
  readonly digest: string;
  /** Size of these files. */
  readonly bytes: number;
  readonly described: DescribedModel;
}

const SHOWN_ROWS = 10;
const SHOWN_TRANSITIONS = 10;
const SHOWN_LABELS = 3;
const SHOWN_SIGNATURE_CHANGES = 50;
const DECISIONS = ['placement', 'batching', 'batchingReason', 'producer', 'opset', 'license'];

/** A text of a model as far as people need it: a name is no place for a document. */
const clip = (text: string): string => shorten(text, 200);

/**
 * The review of two models from their answers to the same rows.
 *
 * @param notAskedCount rows for which there was no time
 * @param visibleLabels what may be shown of the answers to captured rows
 */
export function reviewModels(
  service: string,
  models: { readonly base: ReviewedModel; readonly head: ReviewedModel },
  { results, notAskedCount }: { readonly results: readonly RowResult[]; readonly notAskedCount: number },
  limits: ReviewLimits,
  visibleLabels: ReadonlySet<string> = new Set(),
): ModelReview {
  const compared = results.flatMap(({ difference, ...row }) =>
    difference.kind === 'compared' ? [{ ...row, ...difference }] : [],
  );
  // One digit of a distance tells nothing of a captured value.
  const distances = compared
    .map(({ largest, origin }) => (origin === 'captured' ? Number(largest.toPrecision(1)) : largest))
    .sort((a, b) => a - b);
  const changed = compared.filter(({ labelCount }) => labelCount > 0);
  const review = {
    service,
    base: sideOf(models.base),
    head: sideOf(models.head),
    rows: countBy(results.map(({ origin }) => origin)),
    rowCount: results.length,
    notAskedCount,
    comparedCount: compared.length,
    labelledCount: compared.filter(({ hasLabels }) => hasLabels).length,
    changedLabelCount: changed.length,
    transitions: transitionsOf(changed.map((row) => shownLabels(row, visibleLabels))),
    scores: {
      differing: distances.filter((distance) => distance > limits.tolerance).length,
      median: percentile(distances, 0.5) ?? 0,
      p99: percentile(distances, 0.99) ?? 0,
      largest: distances.at(-1) ?? 0,
    },
    histogram: histogramOf(distances),
    nonFiniteCount: compared.filter(({ isNonFiniteNow }) => isNonFiniteNow).length,
    refusedNow: formsOf(results, 'refused now'),
    otherForm: formsOf(results, 'other form'),
    answeredNowCount: results.filter(({ difference }) => difference.kind === 'answered now').length,
    moved: compared
      .filter(({ labelCount, largest }) => labelCount > 0 || largest > limits.tolerance)
      .sort((a, b) => b.labelCount - a.labelCount || b.largest - a.largest)
      .slice(0, SHOWN_ROWS)
      .map((row) => shownRow(row, visibleLabels)),
    latency: latencyOf(results),
    signature: signatureChanges(models.base.described, models.head.described)
      .slice(0, SHOWN_SIGNATURE_CHANGES)
      .map(({ kind, name, before, after }) => ({ kind, name: clip(name), before: clip(before), after: clip(after) })),
    tolerance: limits.tolerance,
  };
  return { ...review, exceeded: exceededLimits(review, limits) };
}

function sideOf({ digest, bytes, described }: ReviewedModel): ReviewedSide {
  const decisions = DECISIONS.flatMap((name) => {
    const value = described.properties[name];
    return value === undefined ? [] : [[name, clip(value)] as const];
  });
  return { digest, bytes, decisions: Object.fromEntries(decisions) };
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

function formsOf(results: readonly RowResult[], kind: 'refused now' | 'other form'): ChangedForms {
  const forms = results.flatMap(({ name, origin, difference }) =>
    difference.kind === kind
      ? [
          {
            ...{ name: clip(name), origin },
            detail: origin === 'captured' ? 'not shown: the request was captured' : clip(difference.detail),
          },
        ]
      : [],
  );
  return { count: forms.length, shown: forms.slice(0, SHOWN_ROWS) };
}

type ComparedRow = Pick<RowResult, 'name' | 'origin'> & Extract<RowResult['difference'], { kind: 'compared' }>;

/** A row without its values where they were captured; the distance keeps one digit. */
function shownRow(row: ComparedRow, visibleLabels: ReadonlySet<string>): MovedRow {
  const { name, origin, labelCount, largest, move } = row;
  const isCaptured = origin === 'captured';
  const labels = shownLabels(row, visibleLabels).filter((change) => !isHidden(change));
  return {
    ...{ name: clip(name), origin, labelCount, labels: labels.slice(0, SHOWN_LABELS) },
    largest: isCaptured ? Number(largest.toPrecision(1)) : largest,
    move: isCaptured || move === undefined ? null : { ...move, at: clip(move.at) },
  };
}

const HIDDEN = 'not shown';

/** What became of a review, in a word. */
export function reviewOutcome(result: ReviewResult): string {
  return result.kind !== 'compared' ? result.kind : hasSameAnswers(result.review) ? 'same' : 'differs';
}

const LONGEST_DETAIL = 400;

/**
 * A candidate that can't be reviewed, as a result.
 *
 * @throws the error where it is not a UserError.
 */
export function failedReview(error: unknown): ReviewResult {
  if (!(error instanceof UserError)) throw error;
  const { what, found } = error.parts;
  return { kind: 'failed', detail: shorten(found === undefined ? what : `${what}: ${found}`, LONGEST_DETAIL) };
}

/** Whether a change says nothing but that there was one. */
export function isHidden({ before, after }: Pick<LabelChange, 'before' | 'after'>): boolean {
  return before === HIDDEN && after === HIDDEN;
}

/** Where an answer holds a value can be a caller's value too, as a key of a map is. */
function shownLabels({ origin, labels }: ComparedRow, visibleLabels: ReadonlySet<string>): LabelChange[] {
  const shown = (label: string): string => (visibleLabels.has(label) ? clip(label) : HIDDEN);
  return labels.map(({ at, before, after }) =>
    origin === 'captured'
      ? { at: '', before: shown(before), after: shown(after) }
      : { at: clip(at), before: clip(before), after: clip(after) },
  );
}

function countBy<Key extends string>(keys: readonly Key[]): Partial<Record<Key, number>> {
  const counts: Partial<Record<Key, number>> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}

/** The changes with the number of rows that have them: a label may stand in several places of an answer. */
function transitionsOf(rows: readonly (readonly LabelChange[])[]): ModelReview['transitions'] {
  const counts = new Map<string, { readonly before: string; readonly after: string; count: number }>();
  for (const changes of rows) {
    const distinct = new Map(changes.map(({ before, after }) => [JSON.stringify([before, after]), { before, after }]));
    for (const [key, change] of distinct) {
      const known = counts.get(key) ?? { ...change, count: 0 };
      known.count += 1;
      counts.set(key, known);
    }
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

function latencyOf(results: readonly RowResult[]): ModelReview['latency'] {
  const times = results.flatMap(({ latency }) => (latency === undefined ? [] : [latency]));
  if (times.length < LEAST_TIMED_ROWS) return null;
  const median = (side: 'base' | 'head'): number =>
    percentile(
      times.map((latency) => latency[side]).sort((a, b) => a - b),
      0.5,
    ) ?? 0;
  return { base: median('base'), head: median('head') };
}

function exceededLimits(review: Omit<ModelReview, 'exceeded'>, limits: ReviewLimits): ExceededLimit[] {
  const { scores, labelledCount, changedLabelCount, latency, base, head } = review;
  const found: Readonly<Record<LimitId, number>> = {
    largestDifference: scores.largest,
    changedLabelsPercent: labelledCount === 0 ? 0 : (100 * changedLabelCount) / labelledCount,
    slowdownRatio: latency === null || latency.base === 0 ? 1 : latency.head / latency.base,
    sizeRatio: base.bytes === 0 ? 1 : head.bytes / base.bytes,
  };
  return LIMIT_IDS.flatMap((id) => {
    const limit = limits[id];
    return limit === undefined || found[id] <= limit ? [] : [{ id, found: found[id], limit }];
  });
}
