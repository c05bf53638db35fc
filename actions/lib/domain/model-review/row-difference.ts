import { showAnswer, type Answer } from '../smoke/answer.ts';
import { valuesOf, type AnswerValue } from './answer-values.ts';
import type { DescribedModel } from './described-model.ts';
import type { LabelChange, RowOrigin } from './summary.ts';

/** A request of the review. */
export interface ReviewRow {
  /** Unique, such as `golden "an ordinary row"` or `review.csv:17`. */
  readonly name: string;
  readonly origin: RowOrigin;
  readonly contentType: string;
  readonly accept?: string | undefined;
  readonly body: Uint8Array;
}

/** What a server answered: a status, or none because the connection or the process ended. */
export type RowAnswer =
  | (Answer & { readonly kind: 'answered'; readonly status: number; readonly latencyMilliseconds: number })
  | { readonly kind: 'none'; readonly why: string };

/** How one row's answers differ. */
type RowDifference =
  /** Both servers refused it. */
  | { readonly kind: 'refused by both' }
  /** What callers got an answer to is refused now, or breaks the server. */
  | { readonly kind: 'refused now'; readonly detail: string }
  | { readonly kind: 'answered now' }
  /** The answer has other members or another number of values. */
  | { readonly kind: 'other form'; readonly detail: string }
  | {
      readonly kind: 'compared';
      /** How many labels changed, and the first of them. */
      readonly labelCount: number;
      readonly labels: readonly LabelChange[];
      /** Whether the answer has a label at all. */
      readonly hasLabels: boolean;
      /** The largest distance of two scores; infinite where one of them is NaN or infinite and the other is not. */
      readonly largest: number;
      /** Where that is, and both scores; undefined where no score differs. */
      readonly move: { readonly at: string; readonly before: number; readonly after: number } | undefined;
      /** Whether a finite score became NaN or infinite. */
      readonly isNonFiniteNow: boolean;
    };

/** The answers of the base and the head to one row. */
export interface AnswerPair {
  readonly base: RowAnswer;
  readonly head: RowAnswer;
}

/** What came of a row; its answers, which may be large, are not kept. */
export interface RowResult {
  readonly name: string;
  readonly origin: RowOrigin;
  readonly difference: RowDifference;
  /** How long both took in milliseconds; undefined where one of them gave no answer. */
  readonly latency: { readonly base: number; readonly head: number } | undefined;
}

/** Compares the two answers to a row. */
export function rowResult(
  { name, origin }: ReviewRow,
  answers: AnswerPair,
  models: { readonly base: DescribedModel; readonly head: DescribedModel },
): RowResult {
  const { base, head } = answers;
  return {
    ...{ name, origin, difference: rowDifference(answers, models) },
    latency:
      isAnswer(base) && isAnswer(head) ? { base: base.latencyMilliseconds, head: head.latencyMilliseconds } : undefined,
  };
}

function rowDifference(
  { base, head }: AnswerPair,
  models: { readonly base: DescribedModel; readonly head: DescribedModel },
): RowDifference {
  const [before, after] = [isAnswer(base) ? base : undefined, isAnswer(head) ? head : undefined];
  if (before === undefined) return { kind: after === undefined ? 'refused by both' : 'answered now' };
  if (after === undefined) return { kind: 'refused now', detail: describeRefusal(head) };
  const [left, right] = [valuesOf(before, models.base), valuesOf(after, models.head)];
  if (left === undefined || right === undefined) return compareOpaque(before, after);
  if (left.length !== right.length || left.some(({ at }, index) => right[index]?.at !== at)) {
    return { kind: 'other form', detail: `${describeForm(left)} became ${describeForm(right)}` };
  }
  return compareValues(left, right);
}

function isAnswer(answer: RowAnswer): answer is RowAnswer & { readonly kind: 'answered' } {
  return answer.kind === 'answered' && answer.status >= 200 && answer.status < 300;
}

function describeRefusal(answer: RowAnswer): string {
  return answer.kind === 'none' ? answer.why : `status ${String(answer.status)}: ${showAnswer(answer)}`;
}

const SAME = {
  kind: 'compared',
  labelCount: 0,
  labels: [],
  largest: 0,
  move: undefined,
  isNonFiniteNow: false,
} as const;

/** An answer that is no JSON is the same byte by byte, or it has another form. */
function compareOpaque(before: Answer, after: Answer): RowDifference {
  if (Buffer.from(before.body).equals(Buffer.from(after.body))) {
    return { ...SAME, hasLabels: false };
  }
  return { kind: 'other form', detail: 'the bytes of an answer that is no JSON differ' };
}

const MOST_NAMES = 5;

function describeForm(values: readonly AnswerValue[]): string {
  const names = [...new Set(values.map(({ at }) => at.replace(/\[.*$/, '')))].slice(0, MOST_NAMES);
  return `${String(values.length)} values (${names.join(', ')})`;
}

// More of a row tell nothing more, and a model may answer with millions.
const MOST_LABELS = 1000;

function compareValues(left: readonly AnswerValue[], right: readonly AnswerValue[]): RowDifference {
  const labels: LabelChange[] = [];
  let [hasLabels, isNonFiniteNow, largest, labelCount] = [false, false, 0, 0];
  let move: { readonly at: string; readonly before: number; readonly after: number } | undefined;
  for (const [index, { at, value: before }] of left.entries()) {
    const after = right[index]?.value;
    if (typeof before === 'number' && typeof after === 'number') {
      const distance = distanceOf(before, after);
      if (Number.isFinite(before) && !Number.isFinite(after)) isNonFiniteNow = true;
      if (distance > largest) [largest, move] = [distance, { at, before, after }];
    } else {
      hasLabels = true;
      if (before === after) continue;
      labelCount += 1;
      if (labels.length < MOST_LABELS) labels.push({ at, before: String(before), after: String(after) });
    }
  }
  return { kind: 'compared', labelCount, labels, hasLabels, largest, move, isNonFiniteNow };
}

function distanceOf(before: number, after: number): number {
  if (Object.is(before, after) || before === after) return 0;
  const distance = Math.abs(before - after);
  return Number.isNaN(distance) ? Infinity : distance;
}
