import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalText, meantValues, type Visibility } from './diff.ts';
import { resourceAction, type PlanJson, type PlannedResource } from './plan-json.ts';
import { setAttributes } from './set-attributes.ts';
import { shownSchema } from './summary.ts';

// Of a hidden value only that it changes is compared.
const value = z.strictObject({ path: z.string(), after: shownSchema });

const change = z.strictObject({
  /** A resource address (with `deposed` where it is about such an object), or `output.NAME`. */
  subject: z.string(),
  type: z.string(),
  action: z.string(),
  values: z.array(value),
});

export const meaningSchema = z.strictObject({
  /** The release that is to serve; null before the first one. */
  live: z.string().nullable(),
  /** Sorted by subject. */
  changes: z.array(change),
});

/** What a plan would do and what is to serve, as it may be shown. Order, timestamps and what stays as it is mean nothing. */
export type PlanMeaning = z.output<typeof meaningSchema>;
export type MeantChange = PlanMeaning['changes'][number];

/** The meaning of a plan. Reading a data source is no part of it: only what follows from it is. */
export function meaningOf(plan: PlanJson, live: string | null, visibility: Visibility): PlanMeaning {
  const resources = plan.resource_changes
    .filter((resource) => resource.mode === 'managed' && isMeant(resource))
    .map((resource) => ({
      subject: visibility.scrubber.scrub(subjectOf(resource)),
      type: resource.type,
      action: visibility.scrubber.scrub(describeAction(resource)),
      values: meantValues(resource.change, visibility, setAttributes(resource.type)),
    }));
  const outputs = Object.entries(plan.output_changes)
    .filter(([, planned]) => resourceAction(planned) !== 'no-op')
    .map(([name, planned]) => ({
      subject: `output.${name}`,
      type: 'output',
      action: resourceAction(planned),
      values: meantValues(planned, visibility),
    }));
  return { live, changes: [...resources, ...outputs].sort((a, b) => (a.subject < b.subject ? -1 : 1)) };
}

function subjectOf({ address, deposed }: PlannedResource): string {
  return deposed === undefined ? address : `${address} (deposed ${deposed})`;
}

function isMeant(resource: PlannedResource): boolean {
  return (
    resourceAction(resource.change) !== 'no-op' ||
    resource.previous_address !== undefined ||
    resource.change.importing !== undefined
  );
}

// `["delete","create"]` and `["create","delete"]` are different promises: which comes first decides about downtime.
function describeAction(resource: PlannedResource): string {
  const parts = [resource.change.actions.join(' then ')];
  if (resource.previous_address !== undefined) parts.push(`moved from ${resource.previous_address}`);
  if (resource.change.importing !== undefined)
    parts.push(`imported from ${resource.change.importing.id ?? 'an identity'}`);
  return parts.join(', ');
}

/** SHA-256 over the canonical JSON of a meaning, in hex: equal for plans that mean the same. */
export function digestOfMeaning(meaning: PlanMeaning): string {
  return createHash('sha256').update(canonicalText(meaning)).digest('hex');
}

/** The name of the artifact with the meaning of a deployment's plan. */
export function meaningArtifact(environment: string, attempt: number): string {
  return `meaning-${environment}-${String(attempt)}`;
}

/** The file that carries a meaning from the job that plans to the one that applies. */
export function meaningFile(environment: string): string {
  return `${environment}.meaning.json`;
}

/** A change that was not shown: there is none of its subject, or another action or other values were shown. */
export interface UnshownChange {
  readonly now: MeantChange;
  readonly shown: MeantChange | undefined;
}

/**
 * The changes that are not among those shown, unaltered in action and values. Fewer changes than shown are fine, and fewer
 * values of an update, which are then as they should be already.
 */
export function unshownChanges(now: readonly MeantChange[], shown: readonly MeantChange[]): readonly UnshownChange[] {
  return now.flatMap((one) => {
    const others = shown.filter(({ subject }) => subject === one.subject);
    return others.some((other) => isWithin(one, other)) ? [] : [{ now: one, shown: others.at(0) }];
  });
}

function isWithin(now: MeantChange, shown: MeantChange): boolean {
  if (now.action !== shown.action || now.type !== shown.type) return false;
  // A value that a new object lacks is another value; one that an update leaves out is unchanged.
  if (now.action !== 'update' && now.values.length !== shown.values.length) return false;
  const values = new Set(shown.values.map(canonicalText));
  return now.values.every((one) => values.has(canonicalText(one)));
}
