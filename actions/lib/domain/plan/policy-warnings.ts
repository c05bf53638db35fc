import type { Environment } from '../environment/environment.ts';
import { endpointConfigName, endpointName, releaseIdOfConfig } from '../environment/names.ts';
import { configurationWarnings, type TerraformFile } from './configuration-warnings.ts';
import { hiddenChangeWarnings } from './hidden-changes.ts';
import { resourceAction, type PlanJson, type PlannedResource } from './plan-json.ts';
import type { PolicyWarning } from './summary.ts';
import { foreignAccountFindings, wildcardFindings } from './iam-warnings.ts';
import { encryptionFindings, publicAccessFindings, retentionFindings } from './policy-attributes.ts';
import { memberOf } from './redact.ts';
import { rootModuleWarnings, type RootModuleFacts } from './root-module-warnings.ts';
import { LEAST_PAIRS } from '../probe/comparison.ts';
import { expectedPairs } from '../probe/expected-pairs.ts';
import { liveRelease, type ReleaseFile } from '../release/release.ts';

/** What the warnings of an environment's plan are found in. */
export interface PolicyFacts {
  readonly plan: PlanJson;
  readonly environment: Environment;
  /** The environment as the base branch has it; undefined where it has none. */
  readonly baseEnvironment: Environment | undefined;
  readonly release: ReleaseFile;
  readonly baseRelease: ReleaseFile | undefined;
  /** Whether no environment comes after this one in the order of promotion. */
  readonly isProduction: boolean;
  /** How many resources changed outside Terraform. */
  readonly driftedResources: number;
  /** The Terraform files of the plan's modules. */
  readonly terraformFiles: readonly TerraformFile[];
  /** The folders and files that the plan is known to be made from. */
  readonly sources: readonly string[];
  /** Undefined where there is no base commit to compare with. */
  readonly rootModule: RootModuleFacts | undefined;
  /** Container environment values that `release.json` shows. */
  readonly containerValues: ReadonlySet<string>;
}

/** What a reviewer should look at before this plan is applied, in a fixed order. */
export function policyWarnings(facts: PolicyFacts): readonly PolicyWarning[] {
  const { plan, environment } = facts;
  return [
    ...endpointWarnings(facts),
    ...servingWarnings(facts),
    ...swapWarnings(facts),
    ...plan.resource_changes
      .filter((resource) => resource.mode === 'managed' && resourceAction(resource.change) !== 'no-op')
      .flatMap((resource) => attributeWarnings(resource, environment.account)),
    ...deletionWarnings(facts),
    ...environmentWarnings(facts),
    ...driftWarnings(facts),
    ...configurationWarnings(plan, environment.name, facts.terraformFiles, facts.sources),
    ...(facts.rootModule === undefined ? [] : rootModuleWarnings(plan, environment.name, facts.rootModule)),
    ...hiddenChangeWarnings(plan, environment, facts.containerValues),
  ];
}

function endpointWarnings({ plan }: PolicyFacts): readonly PolicyWarning[] {
  return plan.resource_changes
    .filter((resource) => resource.type === 'aws_sagemaker_endpoint')
    .flatMap((resource): PolicyWarning[] => {
      const action = resourceAction(resource.change);
      const subject = resource.address;
      if (action === 'replace') {
        return [{ id: 'endpoint-replaced', subject, found: 'the endpoint is deleted and created again' }];
      }
      if (action === 'delete') return [{ id: 'endpoint-destroyed', subject, found: 'the endpoint is deleted' }];
      if (action === 'forget') {
        return [
          { id: 'endpoint-destroyed', subject, found: 'Terraform forgets the endpoint: nothing manages it any more' },
        ];
      }
      return [];
    });
}

/** The release that the endpoint served when the plan was made, or undefined where that is none of ours. */
export function servingRelease(plan: PlanJson, environment: Environment): string | undefined {
  for (const resource of plan.resource_changes) {
    if (resource.type !== 'aws_sagemaker_endpoint') continue;
    const { before } = resource.change;
    if (memberOf(before, 'name') !== endpointName(environment)) continue;
    const config = memberOf(before, 'endpoint_config_name');
    if (typeof config === 'string') return releaseIdOfConfig(environment, config);
  }
  return undefined;
}

function servingWarnings({ plan, environment, release, baseRelease }: PolicyFacts): readonly PolicyWarning[] {
  const subject = `environments/${environment.name}/release.json`;
  const serving = servingRelease(plan, environment);
  if (serving !== undefined && !Object.hasOwn(release.releases, serving)) {
    return [
      { id: 'serving-release-dropped', subject, found: `the endpoint serves ${serving}, which is no longer listed` },
    ];
  }
  const live = baseRelease === undefined ? undefined : liveRelease(baseRelease)?.id;
  if (live !== undefined && !Object.hasOwn(release.releases, live)) {
    return [
      { id: 'serving-release-dropped', subject, found: `${live} is live on the base branch and no longer listed` },
    ];
  }
  const config = serving === undefined ? undefined : endpointConfigName(environment, serving);
  return plan.resource_changes
    .filter(
      (resource) =>
        resource.type === 'aws_sagemaker_endpoint_configuration' &&
        ['delete', 'replace'].includes(resourceAction(resource.change)) &&
        config !== undefined &&
        memberOf(resource.change.before, 'name') === config,
    )
    .map((resource) => ({
      id: 'serving-release-dropped' as const,
      subject: resource.address,
      found: `the endpoint config ${config ?? ''} that serves is deleted`,
    }));
}

function swapWarnings({ plan, environment, release, isProduction }: PolicyFacts): readonly PolicyWarning[] {
  const { alarms, swap, autoscaling } = environment;
  const subject = `environments/${environment.name}/environment.json`;
  const warnings: PolicyWarning[] = [];
  if (alarms.serverErrors === null && alarms.clientErrors === null && alarms.latencyP99 === null) {
    warnings.push({
      id: 'swap-without-alarms',
      subject,
      found: `the strategy is ${swap.strategy}, and no alarm can roll it back`,
    });
  }
  if (isProduction && swap.strategy === 'all-at-once') {
    warnings.push({
      id: 'all-at-once-in-production',
      subject,
      found: 'all traffic moves to a new release at once in the last environment',
    });
  }
  const live = liveRelease(release);
  if (live !== undefined && swap.strategy === 'canary') {
    const least = Math.min(live.spec.instanceCount, autoscaling?.minInstances ?? live.spec.instanceCount);
    if (least < 2) {
      warnings.push({
        id: 'canary-below-two-instances',
        subject,
        found: `the fleet can have ${String(least)} instance, and a canary needs two`,
      });
    }
  }
  const serving = servingRelease(plan, environment);
  const pairs = expectedPairs(environment, live?.spec.instanceCount);
  // Only where there is a swap ahead, with another release to compare with.
  if (serving !== undefined && live !== undefined && serving !== live.id && pairs !== null && pairs < LEAST_PAIRS) {
    warnings.push({
      id: 'bakes-too-short',
      subject,
      found: `the bakes hold about ${String(pairs)} pairs of answers, and ${String(LEAST_PAIRS)} are needed`,
    });
  }
  return warnings;
}

function attributeWarnings(resource: PlannedResource, account: string): readonly PolicyWarning[] {
  const subject = resource.address;
  return [
    ...wildcardFindings(resource, account).map((found) => ({ id: 'wildcard-iam' as const, subject, found })),
    ...foreignAccountFindings(resource, account).map((found) => ({ id: 'foreign-account' as const, subject, found })),
    ...publicAccessFindings(resource).map((found) => ({ id: 'public-access' as const, subject, found })),
    ...encryptionFindings(resource).map((found) => ({ id: 'encryption-off' as const, subject, found })),
    ...retentionFindings(resource).map((found) => ({ id: 'retention-shortened' as const, subject, found })),
  ];
}

/** Keys and buckets that go: what they hold or protect can't be brought back by a later apply. */
function deletionWarnings({ plan }: PolicyFacts): readonly PolicyWarning[] {
  return plan.resource_changes.flatMap(({ address: subject, type, change }): PolicyWarning[] => {
    const action = resourceAction(change);
    if (action !== 'delete' && action !== 'replace') return [];
    if (type === 'aws_kms_key') {
      return [{ id: 'key-deleted', subject, found: 'the key is scheduled for its deletion' }];
    }
    return type === 'aws_s3_bucket' ? [{ id: 'bucket-deleted', subject, found: 'the bucket is deleted' }] : [];
  });
}

function environmentWarnings({ environment, baseEnvironment }: PolicyFacts): readonly PolicyWarning[] {
  if (baseEnvironment === undefined) return [];
  const subject = `environments/${environment.name}/environment.json`;
  const warnings: PolicyWarning[] = [];
  if (environment.retainReleases < baseEnvironment.retainReleases) {
    warnings.push({
      id: 'retention-shortened',
      subject,
      found: `retainReleases goes from ${String(baseEnvironment.retainReleases)} to ${String(environment.retainReleases)}`,
    });
  }
  if (baseEnvironment.kmsKeyArn !== null && environment.kmsKeyArn === null) {
    warnings.push({ id: 'encryption-off', subject, found: 'kmsKeyArn goes to null: data at rest loses its own key' });
  }
  return warnings;
}

function driftWarnings({ environment, driftedResources }: PolicyFacts): readonly PolicyWarning[] {
  if (driftedResources === 0) return [];
  const what = driftedResources === 1 ? '1 resource was' : `${String(driftedResources)} resources were`;
  return [
    {
      id: 'drift-before-plan',
      subject: `environments/${environment.name}`,
      found: `${what} changed outside Terraform since the last apply`,
    },
  ];
}
