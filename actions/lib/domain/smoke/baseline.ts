import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { bytesOf, textOf, type Answer } from './answer.ts';
import { bodyOf, isSuccessCase, type SmokeCase } from './cases.ts';

/** What the release before did with the request of a case. */
export type RecordedAnswer =
  | (Answer & {
      readonly kind: 'answered';
      /** Digest of the request: an answer to another one proves nothing. */
      readonly request: string;
    })
  /** It was asked and gave no answer that another could be compared with. */
  | { readonly kind: 'refused'; readonly request: string; readonly detail: string };

/** Answers of the release before, by case name: those that parity compares with. */
export type Baseline = Readonly<Record<string, RecordedAnswer>>;

/** Whether the answers to a case are compared with those of the release before. */
export function isCompared(smoke: SmokeCase): boolean {
  return smoke.parity && isSuccessCase(smoke);
}

/** A digest of what a case asks. */
export function requestDigest(smoke: SmokeCase): string {
  const { contentType, accept = '' } = smoke.request;
  return createHash('sha256').update(`${contentType}\n${accept}\n`).update(bodyOf(smoke)).digest('hex').slice(0, 16);
}

/** What is recorded for a case, where its request is still the same. */
export function recordedFor(baseline: Baseline, smoke: SmokeCase): RecordedAnswer | undefined {
  const recorded = Object.hasOwn(baseline, smoke.name) ? baseline[smoke.name] : undefined;
  return recorded?.request === requestDigest(smoke) ? recorded : undefined;
}

/** Answers of 1,000 cases; more is a payload that somebody else made. */
const LARGEST_BASELINE_BYTES = 64 * 1024 * 1024;

const packedAnswer = z.union([
  z.object({ request: z.string(), refused: z.string() }),
  z.object({ request: z.string(), contentType: z.string().optional(), text: z.string() }),
  z.object({ request: z.string(), contentType: z.string().optional(), base64: z.base64() }),
]);
const packedBaseline = z.record(z.string(), packedAnswer);

/** A baseline as the ledger keeps it: compressed, in base64. */
export function packBaseline(baseline: Baseline): string {
  const packed = Object.fromEntries(Object.entries(baseline).map(([name, recorded]) => [name, packAnswer(recorded)]));
  return gzipSync(JSON.stringify(packed), { level: 9 }).toString('base64');
}

function packAnswer(recorded: RecordedAnswer): z.input<typeof packedAnswer> {
  const { request } = recorded;
  if (recorded.kind === 'refused') return { request, refused: recorded.detail };
  const { contentType } = recorded;
  const text = textOf(recorded);
  const body = text === undefined ? { base64: Buffer.from(bytesOf(recorded)).toString('base64') } : { text };
  return { request, ...(contentType === undefined ? {} : { contentType }), ...body };
}

/** A baseline from the ledger, or undefined where it isn't one: then nothing is known of the release before. */
export function unpackBaseline(packed: string): Baseline | undefined {
  let content: unknown;
  try {
    const bytes = gunzipSync(Buffer.from(packed, 'base64'), { maxOutputLength: LARGEST_BASELINE_BYTES });
    content = JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
  const { data } = packedBaseline.safeParse(content);
  if (data === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(data).map(([name, answer]): [string, RecordedAnswer] => [name, unpackAnswer(answer)]),
  );
}

function unpackAnswer(packed: z.output<typeof packedAnswer>): RecordedAnswer {
  const { request } = packed;
  if ('refused' in packed) return { kind: 'refused', request, detail: packed.refused };
  const body = 'text' in packed ? packed.text : Buffer.from(packed.base64, 'base64');
  return { kind: 'answered', request, body, contentType: packed.contentType };
}
