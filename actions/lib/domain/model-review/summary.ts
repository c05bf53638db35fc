import { z } from 'zod';
import { parseJsonFile, type JsonFile } from '../json/file.ts';
import { tryParseJson } from '../json/try-parse.ts';

/** Where a row comes from; a made-up one lies in the model's declared ranges and no caller sent it. */
const ROW_ORIGINS = ['golden case', 'smoke case', 'example', 'review file', 'captured', 'made up'] as const;

/** What breaks callers in the inputs and outputs of a model: each has to be accepted. */
export const MODEL_WARNING_IDS = [
  'input-new',
  'input-removed',
  'input-changed',
  'input-order',
  'output-removed',
  'output-changed',
  'output-order',
] as const;

/** The limits that a service's review.json can set. */
export const LIMIT_IDS = ['largestDifference', 'changedLabelsPercent', 'slowdownRatio', 'sizeRatio'] as const;

const count = z.int().min(0);
// JSON has no NaN and no infinities.
const score = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)]);
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const sha = z.string().regex(/^[0-9a-f]{40}$/);
const origin = z.enum(ROW_ORIGINS);

const side = z.strictObject({
  /** Digest over the files of the model's folder. */
  digest,
  /** Size of these files. */
  bytes: count,
  /** What the server decided, or read from the file, by its name for it. */
  decisions: z.record(z.string(), z.string()),
});

const labelChange = z.strictObject({ at: z.string(), before: z.string(), after: z.string() });
const movedRow = z.strictObject({
  name: z.string(),
  origin,
  /** How many labels of the row changed, and the first of them. */
  labelCount: count,
  labels: z.array(labelChange),
  largest: score,
  move: z.strictObject({ at: z.string(), before: score, after: score }).nullable(),
});
const forms = z.strictObject({
  count,
  shown: z.array(z.strictObject({ name: z.string(), origin, detail: z.string() })),
});
const signatureChange = z.strictObject({
  kind: z.enum([...MODEL_WARNING_IDS, 'output-new']),
  /** Of the input or output; empty for their order. */
  name: z.string(),
  before: z.string(),
  after: z.string(),
});
const exceededLimit = z.strictObject({ id: z.enum(LIMIT_IDS), found: score, limit: z.number() });

const modelReview = z.strictObject({
  service: z.string(),
  base: side,
  head: side,
  /** Rows by where they come from. */
  rows: z.partialRecord(origin, count),
  rowCount: count,
  /** Rows that were left out, as the time was over. */
  notAskedCount: count,
  /** Rows that both answered in the same form. */
  comparedCount: count,
  /** Of these, rows that have a label. */
  labelledCount: count,
  /** Rows whose label changed. */
  changedLabelCount: count,
  /** How labels changed, the most frequent first. */
  transitions: z.array(z.strictObject({ before: z.string(), after: z.string(), count })),
  /** Distances of the rows' scores: largest of a row, over the rows. */
  scores: z.strictObject({ differing: count, median: score, p99: score, largest: score }),
  /** Rows by the decade of their largest distance; 0 for equal scores. */
  histogram: z.array(z.strictObject({ upTo: score, count })),
  nonFiniteCount: count,
  refusedNow: forms,
  otherForm: forms,
  answeredNowCount: count,
  /** The rows that differ most: changed labels first, then by distance. */
  moved: z.array(movedRow),
  /** Median time of a request in milliseconds, each pair asked in turn; null for too few rows. */
  latency: z.strictObject({ base: z.number(), head: z.number() }).nullable(),
  /** How inputs and outputs changed, those that break callers first. */
  signature: z.array(signatureChange),
  exceeded: z.array(exceededLimit),
  tolerance: z.number(),
});

/** Why a candidate was not compared with a model before it. */
const NOT_COMPARED = [
  'commit-missing',
  'new-service',
  'no-model',
  'base-not-built',
  'base-does-not-start',
  'no-captured-requests',
] as const;

const reviewResult = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('compared'), review: modelReview }),
  z.strictObject({ kind: z.literal('not-compared'), why: z.enum(NOT_COMPARED), detail: z.string() }),
  /** The candidate could not be reviewed. */
  z.strictObject({ kind: z.literal('failed'), detail: z.string() }),
]);

export const reviewSummarySchema = z.strictObject({
  format: z.literal(1),
  service: z
    .string()
    .max(32)
    .regex(/^[a-z0-9](?:-?[a-z0-9])*$/, 'the name of a service'),
  /** The head of the pull request, not the merge of it. */
  headSha: sha,
  /** Where the pull request left its base branch. */
  baseSha: sha,
  run: z.strictObject({ id: z.int(), attempt: z.int() }),
  result: reviewResult,
});

/** What a candidate answers differently from the model before it. Its texts are whatever the models hold. */
export type ModelReview = z.output<typeof modelReview>;
export type ReviewedSide = z.output<typeof side>;
export type RowOrigin = z.output<typeof origin>;
export type LabelChange = z.output<typeof labelChange>;
export type MovedRow = z.output<typeof movedRow>;
export type ChangedForms = z.output<typeof forms>;
export type SignatureChange = z.output<typeof signatureChange>;
export type ExceededLimit = z.output<typeof exceededLimit>;
export type NotCompared = (typeof NOT_COMPARED)[number];
export type LimitId = (typeof LIMIT_IDS)[number];
export type ModelWarningId = (typeof MODEL_WARNING_IDS)[number];
/** The review of one service, and what it was made for. */
export type ReviewSummary = z.output<typeof reviewSummarySchema>;
export type ReviewResult = ReviewSummary['result'];

/**
 * A summary from the file that `review-model` wrote.
 *
 * @throws UserError when the file is not such a summary.
 */
export function parseReviewSummary(file: JsonFile): ReviewSummary {
  return parseJsonFile(
    file,
    reviewSummarySchema,
    'Run the review of this service again with the same version of the actions.',
  );
}

/** A result from the text that {@link renderReviewFile} made of it; undefined where it is none. */
export function tryParseReviewResult(text: string): ReviewResult | undefined {
  return reviewResult.safeParse(tryParseJson(text)).data;
}

/** The text that carries a summary, or a part of it, from one job or process to another. */
export function renderReviewFile(
  review: ReviewSummary | ModelReview | ReviewResult | { readonly review: ReviewSummary },
): string {
  const written = (_: string, value: unknown): unknown =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  return `${JSON.stringify(review, written, 2)}\n`;
}

/** The artifact of a review; the attempt is in it, so that an older attempt's is not taken for this one's. */
export function reviewArtifact(service: string, attempt: number): string {
  return `review-${service}-${String(attempt)}`;
}
