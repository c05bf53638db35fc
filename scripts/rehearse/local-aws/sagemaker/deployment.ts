import type { DeploymentConfig } from '../api-models/sagemaker.types.ts';
import type { SageMakerDependencies } from './dependencies.ts';
import { DeploymentFailure } from './deployment-failure.ts';
import { maximumExecutionSeconds, planDeployment, type Counts, type DeploymentStep } from './deployment-plan.ts';
import { createTimeBudget, type TimeBudget } from './time-budget.ts';
import { retireFleet, retireInstance, setActiveCount, type Fleet } from './fleet.ts';
import { launchInstances } from './launch.ts';
import { rollBack } from './roll-back.ts';
import { renderStage, setStage } from './stage.ts';
import type { Endpoint } from './state.ts';

/** Shifting traffic is not instant; long enough to be seen in DescribeEndpoint, in emulated milliseconds. */
const ACTIVATION_MILLISECONDS = 1_000;

/** Launches the first fleet of a new endpoint: it ends InService or Failed. Never throws. */
export async function runCreation(
  dependencies: SageMakerDependencies,
  endpoint: Endpoint,
  fleet: Fleet,
): Promise<void> {
  try {
    const counts = Object.fromEntries(
      fleet.variants.map(({ name, desiredInstanceCount }) => [name, desiredInstanceCount]),
    );
    await launchAll(dependencies, endpoint, fleet, counts, endpoint.lifetime.signal);
    for (const variant of fleet.variants) setActiveCount(variant, variant.desiredInstanceCount);
    endpoint.serving = fleet;
    setStage(fleet, undefined, dependencies.clock.now());
    finish(dependencies, endpoint, 'InService', undefined);
  } catch (error) {
    await retireFleet(fleet);
    finish(dependencies, endpoint, 'Failed', messageOf(error));
  }
}

/** Takes an endpoint from its serving fleet to another: it ends InService on one of them. Never throws. */
export async function runUpdate(
  dependencies: SageMakerDependencies,
  endpoint: Endpoint,
  blue: Fleet,
  green: Fleet,
  config: DeploymentConfig | undefined,
): Promise<void> {
  const { clock, log } = dependencies;
  const budget = createTimeBudget(clock, maximumExecutionSeconds(config));
  const counts = green.variants.map((variant) => ({
    name: variant.name,
    green: variant.desiredInstanceCount,
    blue: blue.variants.find(({ name }) => name === variant.name)?.instances.length ?? 0,
  }));
  try {
    for (const step of planDeployment(config, counts)) {
      const stage = renderStage(step, green, config);
      if (stage !== undefined) setStage(green, stage, clock.now());
      await takeStep(dependencies, endpoint, blue, green, config, step, budget);
    }
    await retireFleet(blue);
    for (const variant of green.variants) setActiveCount(variant, variant.desiredInstanceCount);
    setStage(green, undefined, clock.now());
    endpoint.serving = green;
    endpoint.configName = green.configName;
    finish(dependencies, endpoint, 'InService', undefined);
  } catch (error) {
    log(`endpoint ${endpoint.name}: the update to ${green.configName} failed: ${messageOf(error)}`);
    await rollBack(dependencies, endpoint, blue, green, config, messageOf(error), (status, reason) => {
      finish(dependencies, endpoint, status, reason);
    });
  }
}

async function takeStep(
  dependencies: SageMakerDependencies,
  endpoint: Endpoint,
  blue: Fleet,
  green: Fleet,
  config: DeploymentConfig | undefined,
  step: DeploymentStep,
  budget: TimeBudget,
): Promise<void> {
  switch (step.kind) {
    case 'launch':
      await budget.spendReal((signal) => launchAll(dependencies, endpoint, green, step.green, signal));
      return;
    case 'shift':
      await budget.spendEmulated(ACTIVATION_MILLISECONDS);
      // Green first, so that no moment has neither.
      activate(green, step.green);
      activate(blue, step.blue);
      return;
    case 'bake':
      await bake(dependencies, config, step.seconds, budget);
      return;
    case 'retire-blue':
      await Promise.all(blue.variants.map((variant) => retireDownTo(variant, step.remaining[variant.name] ?? 0)));
      return;
  }
}

/** Starts the instances of every variant; a failure is thrown once all of them have started or failed. */
async function launchAll(
  dependencies: SageMakerDependencies,
  endpoint: Endpoint,
  fleet: Fleet,
  counts: Counts,
  signal: AbortSignal,
): Promise<void> {
  const launches = fleet.variants.map((variant) =>
    launchInstances(dependencies, endpoint, fleet, variant, counts[variant.name] ?? 0, signal),
  );
  const failure = (await Promise.allSettled(launches)).find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

function activate(fleet: Fleet, counts: Counts): void {
  for (const variant of fleet.variants) setActiveCount(variant, counts[variant.name] ?? 0);
}

async function retireDownTo(variant: Fleet['variants'][number], count: number): Promise<void> {
  await Promise.all(variant.instances.slice(count).map((instance) => retireInstance(variant, instance)));
}

/** Waits while alarms are watched. @throws DeploymentFailure as soon as one is in ALARM. */
async function bake(
  { alarms }: SageMakerDependencies,
  config: DeploymentConfig | undefined,
  seconds: number,
  budget: TimeBudget,
): Promise<void> {
  const names = (config?.AutoRollbackConfiguration?.Alarms ?? []).flatMap(({ AlarmName }) => AlarmName ?? []);
  const breached = new AbortController();
  const check = () => {
    const name = alarms.findBreach(names);
    if (name === undefined) return;
    breached.abort(
      new DeploymentFailure(
        `One or more of the alarms configured for auto rollback are in ALARM state: [${name}]. The update was rolled back.`,
      ),
    );
  };
  const stopWatching = alarms.onChange(check);
  try {
    check();
    breached.signal.throwIfAborted();
    await budget.spendEmulated(seconds * 1000, breached.signal);
  } finally {
    stopWatching();
  }
}

function finish(
  { clock, log }: SageMakerDependencies,
  endpoint: Endpoint,
  status: Endpoint['status'],
  failureReason: string | undefined,
): void {
  endpoint.status = status;
  endpoint.failureReason = failureReason;
  if (status !== 'UpdateRollbackFailed') endpoint.pending = undefined;
  endpoint.modifiedAt = clock.now();
  log(`endpoint ${endpoint.name}: ${status} on ${endpoint.configName}${failureReason ? ` (${failureReason})` : ''}`);
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
