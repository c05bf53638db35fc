import { z } from 'zod';
import type { PlanMeaning } from './meaning.ts';

const sha = z.string().regex(/^[0-9a-f]{40}$/);
const digest = z.string().regex(/^[0-9a-f]{64}$/);

const bindings = z.strictObject({
  repository: z.string().min(1),
  environment: z.string().min(1),
  /** The commit that was reviewed: the head of the pull request, not the merge of it. */
  headSha: sha,
  baseSha: sha.nullable(),
  /** SHA-256 over every file that the plan was made from; it survives a merge or a squash, which the commit doesn't. */
  sourcesDigest: digest,
  lockFileDigest: digest.nullable(),
  /** The state the plan was made against; null where there was none yet. */
  state: z.strictObject({ lineage: z.string(), serial: z.int() }).nullable(),
  terraformVersion: z.string(),
  /** SHA-256 of the saved plan. */
  planDigest: digest,
  run: z.strictObject({ id: z.int(), attempt: z.int() }),
});

/** What a saved plan is bound to. */
export type EnvelopeBindings = z.output<typeof bindings>;

const shown = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('absent') }),
  z.strictObject({ kind: z.literal('value'), text: z.string() }),
  z.strictObject({ kind: z.literal('hidden') }),
  z.strictObject({ kind: z.literal('unknown') }),
]);

export const envelopeContent = z.strictObject({
  format: z.literal(1),
  bindings,
  meaning: z.array(
    z.strictObject({
      subject: z.string(),
      action: z.string(),
      digest,
      attributes: z.array(
        z.strictObject({ path: z.string(), before: shown, after: shown, forcesReplacement: z.boolean() }),
      ),
    }),
  ),
  /** The saved plan, base64. */
  plan: z.base64(),
});

/** What an envelope carries. It holds secrets: it exists in clear only in memory. */
export interface Envelope {
  readonly bindings: EnvelopeBindings;
  readonly meaning: PlanMeaning;
  readonly plan: Uint8Array;
}

/** What the job that applies reads by itself, to compare an envelope with. */
export interface ApplyFacts {
  readonly repository: string;
  readonly environment: string;
  readonly reviewedHeadSha: string;
  /** The run that made the plan for that head, or undefined where the caller doesn't know it. */
  readonly reviewedRunId: number | undefined;
  /** The commit of the base branch before the merge, or undefined where there is none. */
  readonly previousSha: string | undefined;
  readonly sourcesDigest: string;
  readonly lockFileDigest: string | null;
  readonly state: EnvelopeBindings['state'];
  readonly terraformVersion: string;
  /** SHA-256 of the saved plan that the envelope carries, as computed now. */
  readonly planDigest: string;
}

/** A binding that no longer holds. */
export interface BrokenBinding {
  readonly name: string;
  readonly reviewed: string;
  readonly now: string;
  /**
   * `foreign`: the envelope is not the one that was reviewed here, and nothing goes on from it. `moved`: it is, but the
   * state has changed since: the saved plan is not applied, and a new one only where it means the same.
   */
  readonly kind: 'foreign' | 'moved';
}

/** The bindings of an envelope that no longer hold, in the order of their weight. */
export function brokenBindings(bound: EnvelopeBindings, facts: ApplyFacts): readonly BrokenBinding[] {
  const broken: BrokenBinding[] = [];
  const hold = (kind: BrokenBinding['kind'], name: string, reviewed: string, now: string): void => {
    if (reviewed !== now) broken.push({ kind, name, reviewed, now });
  };
  hold('foreign', 'repository', bound.repository, facts.repository);
  hold('foreign', 'environment', bound.environment, facts.environment);
  hold('foreign', 'head commit', bound.headSha, facts.reviewedHeadSha);
  if (facts.reviewedRunId !== undefined) {
    hold('foreign', 'run', String(bound.run.id), String(facts.reviewedRunId));
  }
  hold('foreign', 'saved plan', bound.planDigest, facts.planDigest);
  // Another lineage is another state. A state that exists only since the review is the same one, changed.
  const lineageKind = bound.state === null ? 'moved' : 'foreign';
  hold(lineageKind, 'state lineage', bound.state?.lineage ?? 'no state yet', facts.state?.lineage ?? 'no state yet');
  hold('moved', 'state serial', serialOf(bound.state), serialOf(facts.state));
  hold('moved', 'base commit', bound.baseSha ?? 'none', facts.previousSha ?? 'none');
  hold('moved', 'configuration', bound.sourcesDigest, facts.sourcesDigest);
  hold('moved', 'provider lock file', bound.lockFileDigest ?? 'none', facts.lockFileDigest ?? 'none');
  hold('moved', 'Terraform version', bound.terraformVersion, facts.terraformVersion);
  return broken;
}

function serialOf(state: EnvelopeBindings['state']): string {
  return state === null ? 'no state yet' : String(state.serial);
}

/** A binding that no longer holds, in words. */
export function renderBrokenBinding({ name, reviewed, now }: BrokenBinding): string {
  return `${name}: reviewed ${reviewed}, now ${now}`;
}
