import { createHash } from 'node:crypto';
import { z } from 'zod';
import { scalingSnapshot } from '../endpoint/scaling-snapshot.ts';
import { endpointName, type NamedEnvironment } from '../environment/names.ts';

/** A deployment, or a rollback by hand. */
const attemptTask = z.literal(['deploy', 'rollback']);
export type AttemptTask = z.output<typeof attemptTask>;

/** What the check of a release said; `none` where it could not be made, or said neither. */
const verdict = z.literal(['passed', 'failed', 'none']);
export type AttemptVerdict = z.output<typeof verdict>;

const evidence = z.object({
  requests: z.number(),
  p50Milliseconds: z.number().nullable(),
  p99Milliseconds: z.number().nullable(),
  parity: z.string().nullable(),
  /** How it compared with the release before while it baked; older facts and unasked releases have none. */
  comparison: z.string().optional(),
});

/** What a release was seen to do, for those who promote it. */
export type Evidence = z.output<typeof evidence>;

/** What proved where an artifact came from, or why a person accepted it without. */
export const provenanceSchema = z.object({
  /** Whether attestations proved that this repository made it; null where they were not asked. */
  isAttested: z.boolean().nullable(),
  text: z.string(),
});
export type RecordedProvenance = z.output<typeof provenanceSchema>;

const begun = z.object({
  kind: z.literal('begun'),
  task: attemptTask,
  /** The release that is to serve. */
  release: z.string(),
  /** Its image, by digest. */
  image: z.string(),
  /** Digest of its model, or null where it is in the image; older facts don't say. */
  model: z.string().nullable().optional(),
  /** Older facts and rollbacks have none. */
  provenance: provenanceSchema.optional(),
  /** The endpoint config that served. */
  servedBefore: z.string(),
  /** The release that served, or null before the first one. */
  previousRelease: z.string().nullable(),
  /** The release that a person wanted to leave, fixed when the rollback was dispatched. */
  leaves: z.string().nullable(),
  /** What a person named, so that it may serve although it was rejected. */
  accepts: z.array(z.string()),
  /** What a person named, so that it may be replaced although no fact explains why it serves: a release, or a config. */
  acceptsServing: z.string().nullable(),
  reason: z.string().nullable(),
  /** The scaling target that was deregistered for the swap. */
  scaling: scalingSnapshot.optional(),
  /** Answers of the release before to the smoke cases, packed. */
  baseline: z.string().optional(),
  /** The smoke cases that the release is asked, as smoke.json had them. */
  smoke: z.unknown().optional(),
});

const step = z.object({
  kind: z.literal('step'),
  /** Sequence number of the attempt's first fact. */
  attempt: z.int(),
  /** `updating` once SageMaker accepted the update, `rolling-back` once the release was found bad. */
  phase: z.literal(['updating', 'rolling-back']),
  cause: z.string(),
});

const ended = z.object({
  kind: z.literal('ended'),
  attempt: z.int(),
  outcome: z.string(),
  cause: z.string(),
  verdict,
  /** The endpoint config that was last seen serving; null where it could not be seen. */
  serves: z.string().nullable(),
  /** What SageMaker said of a failed update. */
  failureReason: z.string().optional(),
  evidence: evidence.nullable(),
});

const content = z.discriminatedUnion('kind', [begun, step, ended]);

/** What was seen or done, before it is signed with where it comes from. */
export type FactContent = z.output<typeof content>;
export type Begun = z.output<typeof begun>;
export type Step = z.output<typeof step>;
export type Ended = z.output<typeof ended>;

const origin = z.object({
  /** Id of the repository, which outlives its name. */
  repository: z.string(),
  account: z.string(),
  region: z.string(),
  endpoint: z.string(),
  /** The commit that the run is for. */
  commit: z.string(),
  run: z.object({ id: z.number(), attempt: z.number(), url: z.string() }),
});

/** Who writes facts, about which endpoint. */
export type FactOrigin = z.output<typeof origin>;

/** The place that facts have to come from. */
export type FactPlace = Pick<FactOrigin, 'repository' | 'account' | 'region' | 'endpoint'>;

/** The place of an environment's facts; `repository` is the id of the repository. */
export function factPlaceOf(
  environment: NamedEnvironment & { readonly account: string; readonly region: string },
  repository: string,
): FactPlace {
  const { account, region } = environment;
  return { repository, account, region, endpoint: endpointName(environment) };
}

/** The version of the format that is written. */
const VERSION = 1;

const factSchema = z.object({
  version: z.literal(VERSION),
  /** A random id: by it a writer whose answer was lost knows its own object again. */
  id: z.string(),
  /** Counts from 1; the object's key says it too. */
  sequence: z.int().min(1),
  /** SHA-256 of the bytes of the fact before, in hex; null for the first one. */
  previous: z.string().nullable(),
  /** ISO 8601; a label, by which only the age of an attempt without an end is told. */
  at: z.string(),
  origin,
  content,
});

/** One object of the ledger: written once, never changed. */
export type Fact = z.output<typeof factSchema>;

/** An object of the ledger as it was read. */
export interface FactObject {
  /** From the object's key. */
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

/** The bytes of a fact. */
export function encodeFact(
  content: FactContent,
  place: Pick<Fact, 'id' | 'at' | 'origin'> & { readonly after: FactObject | undefined },
): FactObject {
  const { after, ...signature } = place;
  const sequence = (after?.sequence ?? 0) + 1;
  const previous = after === undefined ? null : digestOfFact(after.bytes);
  const fact: Fact = { version: VERSION, sequence, previous, ...signature, content };
  return { sequence, bytes: Buffer.from(JSON.stringify(fact)) };
}

/** A fact from its bytes; undefined where they are none, or belong to another sequence number. */
export function decodeFact({ sequence, bytes }: FactObject): Fact | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
  const { data } = factSchema.safeParse(value);
  return data?.sequence === sequence ? data : undefined;
}

/** The digest by which the next fact names this one. */
export function digestOfFact(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const PREFIX = 'ledger';
const DIGITS = 8;

/** Where the facts of an environment are in the state bucket. */
export function ledgerPrefix({ service, name }: { readonly service: string; readonly name: string }): string {
  return `${PREFIX}/${service}/${name}/`;
}

/** The name of a fact below its prefix: `00000001.json`. */
export function factName(sequence: number): string {
  return `${String(sequence).padStart(DIGITS, '0')}.json`;
}

/** The sequence number in a name below the prefix; undefined for any other object. */
export function sequenceOfFact(name: string): number | undefined {
  const digits = /^(\d{8})\.json$/.exec(name)?.[1];
  return digits === undefined || Number(digits) === 0 ? undefined : Number(digits);
}
