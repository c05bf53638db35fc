import { createHash } from 'node:crypto';
import { attributeChanges, canonicalText, clearChanges, type AttributeChange, type Visibility } from './diff.ts';
import { resourceAction, type PlanJson, type PlannedChange, type PlannedResource } from './plan-json.ts';
import { setAttributes } from './set-attributes.ts';

/**
 * What a plan would do, as far as two plans have to agree on it: for each change its action and, attribute by attribute,
 * from what to what. Order, timestamps and what stays as it is mean nothing.
 */
export type PlanMeaning = readonly MeantChange[];

/** One change of a plan. */
export interface MeantChange {
  /** A resource address (with `deposed` where it is about such an object), or `output.NAME`. */
  readonly subject: string;
  readonly action: string;
  /** SHA-256 over the change in clear, so that hidden values are compared too. */
  readonly digest: string;
  /** The same change as it may be shown. */
  readonly attributes: readonly AttributeChange[];
}

/** The meaning of a plan, sorted by subject. Reading a data source is no part of it: only what follows from it is. */
export function planMeaning(plan: PlanJson, visibility: Visibility): PlanMeaning {
  const resources = plan.resource_changes
    .filter((resource) => resource.mode === 'managed' && isMeant(resource))
    .map((resource) => ({
      subject: `${resource.address}${resource.deposed === undefined ? '' : ` (deposed ${resource.deposed})`}`,
      action: describeAction(resource),
      digest: digestOf(
        resource.change,
        [resource.type, resource.previous_address ?? null],
        setAttributes(resource.type),
      ),
      attributes: attributeChanges(resource.change, visibility, setAttributes(resource.type)),
    }));
  const outputs = Object.entries(plan.output_changes)
    .filter(([, change]) => resourceAction(change) !== 'no-op')
    .map(([name, change]) => ({
      subject: `output.${name}`,
      action: resourceAction(change),
      digest: digestOf(change, []),
      attributes: attributeChanges(change, visibility),
    }));
  return [...resources, ...outputs].sort((a, b) => (a.subject < b.subject ? -1 : 1));
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

function digestOf(change: PlannedChange, others: readonly unknown[], sets: readonly string[] = []): string {
  return createHash('sha256')
    .update(canonicalText([...others, change.actions, change.replace_paths ?? [], clearChanges(change, sets)]))
    .digest('hex');
}

/** How a plan differs from the one that was reviewed; all three empty where both mean the same. */
export interface MeaningDifference {
  readonly onlyReviewed: PlanMeaning;
  readonly onlyNow: PlanMeaning;
  /** The same subject, but another action or other values. */
  readonly different: readonly { readonly reviewed: MeantChange; readonly now: MeantChange }[];
}

/** Compares the plan that was reviewed with the one of now. */
export function compareMeanings(reviewed: PlanMeaning, now: PlanMeaning): MeaningDifference {
  const reviewedBySubject = new Map(reviewed.map((change) => [change.subject, change]));
  const nowBySubject = new Map(now.map((change) => [change.subject, change]));
  return {
    onlyReviewed: reviewed.filter(({ subject }) => !nowBySubject.has(subject)),
    onlyNow: now.filter(({ subject }) => !reviewedBySubject.has(subject)),
    different: reviewed.flatMap((change) => {
      const other = nowBySubject.get(change.subject);
      if (other === undefined || (other.action === change.action && other.digest === change.digest)) return [];
      return [{ reviewed: change, now: other }];
    }),
  };
}

/** Whether two plans mean the same. */
export function isSameMeaning(difference: MeaningDifference): boolean {
  return difference.onlyReviewed.length + difference.onlyNow.length + difference.different.length === 0;
}
