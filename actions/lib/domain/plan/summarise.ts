import type { Environment } from '../environment/environment.ts';
import { attributeChanges, isEmpty, isSame, type Visibility } from './diff.ts';
import { resourceAction, type PlanJson, type PlannedResource } from './plan-json.ts';
import { releaseChange } from './release-change.ts';
import { statementChanges } from './iam-statements.ts';
import { isChange, type Counts, type Diagnostic, type PlannedResult, type ResourceSummary } from './summary.ts';
import { policyWarnings, servingRelease, type PolicyFacts } from './policy-warnings.ts';
import { setAttributes } from './set-attributes.ts';
import { createScrubber, memberOf, secretsOf, type Scrubber } from './redact.ts';
import { shorten } from '../text/shorten.ts';
import type { ReleaseFile } from '../release/release.ts';

/** What a plan is summed up from, besides the plan itself. */
export interface SummaryFacts {
  readonly environment: Environment;
  readonly baseEnvironment: Environment | undefined;
  readonly release: ReleaseFile;
  readonly baseRelease: ReleaseFile | undefined;
  readonly isProduction: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly terraformFiles: PolicyFacts['terraformFiles'];
  readonly sources: PolicyFacts['sources'];
  readonly rootModule: PolicyFacts['rootModule'];
}

/** What may be shown of a plan of this environment. */
export function planVisibility(plan: PlanJson, environment: Environment, release: ReleaseFile): Visibility {
  const visibleKeys = new Set(environment.visibleEnvironmentKeys);
  const secrets = new Set([...secretsOf(plan, visibleKeys), ...hiddenContainerValues(environment, release)]);
  return { visibleKeys, scrubber: createScrubber(secrets) };
}

/** Hides what may not be shown of an environment, where its plan may be missing. */
export function scrubberOf(plan: PlanJson | undefined, environment: Environment, release: ReleaseFile): Scrubber {
  return plan === undefined
    ? createScrubber(hiddenContainerValues(environment, release))
    : planVisibility(plan, environment, release).scrubber;
}

/** The container environment values of an environment's releases that may not be shown. */
export function hiddenContainerValues(environment: Environment, release: ReleaseFile): readonly string[] {
  const visibleKeys = new Set(environment.visibleEnvironmentKeys);
  return Object.values(release.releases).flatMap(({ spec }) =>
    Object.entries(spec.environment).flatMap(([key, value]) => (visibleKeys.has(key) ? [] : [value])),
  );
}

/** Sums up a plan: safe to show and to store, sorted with the most important resources first. */
export function summarisePlan(
  plan: PlanJson,
  facts: SummaryFacts,
  visibility = planVisibility(plan, facts.environment, facts.release),
): PlannedResult {
  const { environment, release, baseRelease } = facts;
  const resources = plan.resource_changes
    .map((resource) => summariseResource(resource, visibility))
    .filter((resource) => isChange(resource) || resource.action === 'read')
    .sort(byImportance);
  const changed = new Set(resources.map(({ address }) => address));
  const drift = plan.resource_drift
    .filter(isRealDrift)
    .map((resource) => summariseResource(resource, visibility))
    .filter((resource) => resource.attributes.length > 0)
    // A provider fills in what it computes after the first apply. What is only added, and what the plan would not take
    // back, is no change by hand.
    .filter((resource) => changed.has(resource.address) || !resource.attributes.every(isAddition))
    .sort(byImportance);
  return {
    kind: 'planned',
    release: releaseChange(baseRelease, release, visibility.visibleKeys),
    serving: servingRelease(plan, environment) ?? null,
    counts: countActions(resources),
    resources,
    drift,
    outputs: summariseOutputs(plan, visibility),
    statements: [...statementChanges(plan, visibility.scrubber)],
    // Shortened: a warning must not be so long that the comment has no room for it.
    warnings: policyWarnings({
      ...facts,
      plan,
      driftedResources: drift.length,
      containerValues: new Set(hiddenContainerValues(environment, release)),
    }).map((warning) => ({
      ...warning,
      subject: shorten(visibility.scrubber.scrub(warning.subject)),
      found: shorten(visibility.scrubber.scrub(warning.found)),
    })),
    diagnostics: [...facts.diagnostics],
  };
}

function summariseResource(resource: PlannedResource, visibility: Visibility): ResourceSummary {
  const { scrubber } = visibility;
  const { importing } = resource.change;
  const action = resourceAction(resource.change);
  return {
    address: scrubber.scrub(resource.address),
    type: resource.type,
    mode: resource.mode,
    action,
    previousAddress: resource.previous_address === undefined ? null : scrubber.scrub(resource.previous_address),
    importId: importing === undefined ? null : scrubber.scrub(importing.id ?? '(known after apply)'),
    deposed: resource.deposed !== undefined,
    attributes:
      action === 'no-op' ? [] : [...attributeChanges(resource.change, visibility, setAttributes(resource.type))],
  };
}

function summariseOutputs(plan: PlanJson, visibility: Visibility): PlannedResult['outputs'] {
  return Object.entries(plan.output_changes)
    .filter(([, change]) => resourceAction(change) !== 'no-op')
    .flatMap(([name, change]) =>
      attributeChanges(change, visibility).map((attribute) => ({
        ...attribute,
        path: attribute.path === '(root)' ? name : `${name}.${attribute.path}`,
      })),
    );
}

// A move shows up as drift without a difference; and Terraform reads null and an empty collection for the same setting.
function isRealDrift(resource: PlannedResource): boolean {
  const { before, after } = resource.change;
  if (resourceAction(resource.change) === 'no-op') return false;
  if (before === null || before === undefined || after === null || after === undefined) return true;
  if (typeof before !== 'object' || typeof after !== 'object') return true;
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].some((key) => {
    const [left, right] = [memberOf(before, key), memberOf(after, key)];
    return !isSame(left, right) && !(isEmpty(left) && isEmpty(right));
  });
}

function isAddition({ before }: ResourceSummary['attributes'][number]): boolean {
  return before.kind === 'absent';
}

/** What a plan does to how many resources. */
export function planCounts(plan: PlanJson): Counts {
  return countActions(
    plan.resource_changes.map((resource) => ({
      action: resourceAction(resource.change),
      importId: resource.change.importing === undefined ? null : '',
      previousAddress: resource.previous_address ?? null,
    })),
  );
}

type Counted = Pick<ResourceSummary, 'action' | 'importId' | 'previousAddress'>;

function countActions(resources: readonly Counted[]): Counts {
  const count = (matches: (resource: Counted) => boolean): number => resources.filter(matches).length;
  return {
    create: count(({ action }) => action === 'create'),
    update: count(({ action }) => action === 'update'),
    replace: count(({ action }) => action === 'replace'),
    delete: count(({ action }) => action === 'delete'),
    import: count(({ importId }) => importId !== null),
    move: count(({ previousAddress }) => previousAddress !== null),
    forget: count(({ action }) => action === 'forget'),
    read: count(({ action }) => action === 'read'),
  };
}

const ACTION_RANK = { delete: 0, replace: 0, forget: 1, update: 3, create: 4, 'no-op': 5, read: 6 } as const;

/** How important it is to see a resource's change: 0 first. Losing something comes before all, then who may do what. */
export function importanceOf(resource: ResourceSummary): number {
  const rank = ACTION_RANK[resource.action];
  const decides =
    /^aws_(?:iam|kms|sagemaker_endpoint|appautoscaling|cloudwatch_metric_alarm|security_group|vpc_security)/;
  return rank > 1 && rank < 5 && decides.test(resource.type) ? 2 : rank;
}

function byImportance(left: ResourceSummary, right: ResourceSummary): number {
  return importanceOf(left) - importanceOf(right) || (left.address < right.address ? -1 : 1);
}
