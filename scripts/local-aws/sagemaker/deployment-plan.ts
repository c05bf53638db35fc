import type { CapacitySize, DeploymentConfig } from '../api-models/sagemaker.types.ts';

/** How many instances each fleet of one variant has when the update begins. */
export interface VariantCounts {
  readonly name: string;
  readonly green: number;
  readonly blue: number;
}

/** Instance counts by variant name. */
export type Counts = Readonly<Record<string, number>>;

/** One step of an update. Counts of `launch` and `shift` are totals, not differences. */
export type DeploymentStep =
  | { readonly kind: 'launch'; readonly green: Counts }
  | { readonly kind: 'shift'; readonly green: Counts; readonly blue: Counts; readonly scope: 'canary' | 'full' }
  | { readonly kind: 'bake'; readonly seconds: number; readonly scope: 'canary' | 'full' }
  | { readonly kind: 'retire-blue'; readonly remaining: Counts; readonly retiring: Counts };

/**
 * What an update launches before green gets its first traffic. The developer guide provisions the whole green fleet; the sample
 * event of a bake shows CurrentInstanceCount 1 of DesiredInstanceCount 3, so that only the canary's instances run.
 */
export type FirstLaunch = 'whole-fleet' | 'canary';

/** Default of blue/green updates without a policy: everything at once, blue ends right away (developer guide). */
const DEFAULT_POLICY = {
  TrafficRoutingConfiguration: { Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 0 },
  TerminationWaitInSeconds: 0,
} as const;

/** Default of MaximumExecutionTimeoutInSeconds (UpdateEndpoint API reference). */
const DEFAULT_MAXIMUM_EXECUTION_SECONDS = 28_800;

/** The instance count of a capacity size: percent rounds up, and the total is the maximum. */
export function resolveCapacity({ Type, Value }: CapacitySize, total: number): number {
  const wanted = Type === 'INSTANCE_COUNT' ? Value : Math.ceil((total * Value) / 100);
  return Math.min(total, Math.max(1, wanted));
}

/** The steps of an update in order: launches, traffic shifts, bakes and retirements. */
export function planDeployment(
  config: DeploymentConfig | undefined,
  variants: readonly VariantCounts[],
  firstLaunch: FirstLaunch = 'whole-fleet',
): DeploymentStep[] {
  if (config?.RollingUpdatePolicy !== undefined) {
    const { MaximumBatchSize, WaitIntervalInSeconds } = config.RollingUpdatePolicy;
    return planRolling(MaximumBatchSize, WaitIntervalInSeconds, variants);
  }
  const policy = config?.BlueGreenUpdatePolicy ?? DEFAULT_POLICY;
  const { Type, WaitIntervalInSeconds, ...sizes } = policy.TrafficRoutingConfiguration;
  const shifts: DeploymentStep[] = [];
  if (Type === 'CANARY' && 'CanarySize' in sizes && sizes.CanarySize !== undefined) {
    const size = sizes.CanarySize;
    shifts.push(
      {
        kind: 'shift',
        scope: 'canary',
        green: countsOf(variants, ({ green }) => resolveCapacity(size, green)),
        blue: countsOf(variants, ({ blue }) => blue),
      },
      { kind: 'bake', seconds: WaitIntervalInSeconds, scope: 'canary' },
    );
  }
  if (Type === 'LINEAR' && 'LinearStepSize' in sizes && sizes.LinearStepSize !== undefined) {
    const size = sizes.LinearStepSize;
    const stepCount = Math.max(...variants.map(({ green }) => Math.ceil(green / resolveCapacity(size, green))));
    for (let step = 1; step < stepCount; step += 1) {
      const shifted = ({ green }: VariantCounts) => Math.min(green, step * resolveCapacity(size, green));
      shifts.push(
        {
          kind: 'shift',
          scope: 'canary',
          green: countsOf(variants, shifted),
          blue: countsOf(variants, (counts) => blueBeside(counts, shifted(counts))),
        },
        { kind: 'bake', seconds: WaitIntervalInSeconds, scope: 'canary' },
      );
    }
  }
  const none = countsOf(variants, () => 0);
  const all = countsOf(variants, ({ green }) => green);
  shifts.push({ kind: 'shift', scope: 'full', green: all, blue: none });
  return [
    ...(firstLaunch === 'canary' ? launchBeforeEach(shifts) : [{ kind: 'launch', green: all } as const, ...shifts]),
    { kind: 'bake', seconds: policy.TerminationWaitInSeconds ?? 0, scope: 'full' },
    { kind: 'retire-blue', remaining: none, retiring: countsOf(variants, ({ blue }) => blue) },
  ];
}

/** Each shift with the launch of the instances that it gives traffic to. */
function launchBeforeEach(steps: readonly DeploymentStep[]): DeploymentStep[] {
  return steps.flatMap((step): DeploymentStep[] =>
    step.kind === 'shift' ? [{ kind: 'launch', green: step.green }, step] : [step],
  );
}

/** Rolling: launch a batch, shift to it, bake, retire as many blue instances; repeat until green is complete. */
function planRolling(batch: CapacitySize, waitSeconds: number, variants: readonly VariantCounts[]): DeploymentStep[] {
  const batchCount = Math.max(...variants.map(({ green }) => Math.ceil(green / resolveCapacity(batch, green))));
  const launchedAfter = (batches: number) => (counts: VariantCounts) =>
    Math.min(counts.green, batches * resolveCapacity(batch, counts.green));
  const blueAfter = (batches: number) => (counts: VariantCounts) => blueBeside(counts, launchedAfter(batches)(counts));
  return Array.from({ length: batchCount }, (_, index): DeploymentStep[] => {
    const isLast = index + 1 === batchCount;
    const green = countsOf(variants, launchedAfter(index + 1));
    const blue = countsOf(variants, blueAfter(index + 1));
    const retiring = countsOf(variants, (counts) => blueAfter(index)(counts) - blueAfter(index + 1)(counts));
    const scope = isLast ? 'full' : 'canary';
    return [
      { kind: 'launch', green },
      { kind: 'shift', scope, green, blue },
      { kind: 'bake', seconds: waitSeconds, scope },
      { kind: 'retire-blue', remaining: blue, retiring },
    ];
  }).flat();
}

/** Blue instances that stay active with `shifted` green ones: the same share of blue as of green is removed. */
const blueBeside = ({ green, blue }: VariantCounts, shifted: number) =>
  blue - Math.min(blue, Math.floor((blue * shifted) / green));

const countsOf = (variants: readonly VariantCounts[], count: (counts: VariantCounts) => number): Counts =>
  Object.fromEntries(variants.map((counts) => [counts.name, count(counts)]));

/** Seconds an update may take before SageMaker rolls it back. */
export const maximumExecutionSeconds = (config: DeploymentConfig | undefined): number =>
  config?.RollingUpdatePolicy?.MaximumExecutionTimeoutInSeconds ??
  config?.BlueGreenUpdatePolicy?.MaximumExecutionTimeoutInSeconds ??
  DEFAULT_MAXIMUM_EXECUTION_SECONDS;
