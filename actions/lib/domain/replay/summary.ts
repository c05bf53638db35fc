import { z } from 'zod';
import { parseJsonFile, type JsonFile } from '../json/file.ts';
import { isHidden } from '../model-review/review.ts';
import { reviewSummarySchema, type ModelReview } from '../model-review/summary.ts';

const count = z.int().min(0);

const replaySummary = z.strictObject({
  format: z.literal(1),
  environment: z.string().regex(/^[a-z0-9](?:-?[a-z0-9])*$/, 'the name of an environment'),
  /** The proposed release. */
  release: z.string().regex(/^[0-9a-f]{12}$/, 'a release id'),
  /** The release that serves, whose model is the one before. */
  live: z.string().regex(/^[0-9a-f]{12}$/, 'a release id'),
  /** How far back the sample goes. */
  hours: count,
  /** What was read: questions of the product itself are left out, and so are lines that hold no request. */
  sample: z.strictObject({ requests: count, probes: count, unreadable: count }),
  /** Of the candidate against the live model, with captured requests alone. */
  review: reviewSummarySchema,
});

/** What a candidate answers to captured requests differently from the live model, without any value of them. */
export type ReplaySummary = z.output<typeof replaySummary>;
export type ReplaySample = ReplaySummary['sample'];

/**
 * A summary from the file that `replay-requests` wrote.
 *
 * @throws UserError when the file is not such a summary.
 */
export function parseReplaySummary(file: JsonFile): ReplaySummary {
  return parseJsonFile(file, replaySummary, 'Run the replay again with the same version of the actions.');
}

const NAME = /^captured \d+$/;
const FORM = 'not shown: the request was captured';

/**
 * Whether a review shows nothing of the captured requests but counts, distances of one digit and labels that are allowed.
 * The review was made in the process that loads the models, so it is looked at again outside.
 */
export function isMasked(review: ModelReview, visibleLabels: ReadonlySet<string>): boolean {
  const { moved, refusedNow, otherForm, transitions, scores, rows } = review;
  const isLabel = (label: string): boolean => visibleLabels.has(label) || label === 'not shown';
  const isDigit = (value: number): boolean => !Number.isFinite(value) || Number(value.toPrecision(1)) === value;
  const changes = [...transitions, ...moved.flatMap(({ labels }) => labels)];
  return (
    Object.keys(rows).every((origin) => origin === 'captured') &&
    moved.every(({ name, move, labels }) => NAME.test(name) && move === null && labels.every(({ at }) => at === '')) &&
    [...refusedNow.shown, ...otherForm.shown].every(({ name, detail }) => NAME.test(name) && detail === FORM) &&
    changes.every((change) => isHidden(change) || (isLabel(change.before) && isLabel(change.after))) &&
    [...moved.map(({ largest }) => largest), scores.largest, scores.median, scores.p99].every(isDigit)
  );
}
