import type { DeploymentConfig } from '../api-models/sagemaker.types.ts';
import { bake } from './bake.ts';
import type { BakePosition, SageMakerDependencies } from './dependencies.ts';
import { DeploymentFailure } from './deployment-failure.ts';
import { maximumExecutionSeconds, planDeployment, type Counts, type DeploymentStep } from './deployment-plan.ts';
import { finish, messageOf } from './finish.ts';
import { retireFleet, retireInstance, setActiveCount, type Fleet } from './fleet.ts';
import { awaitMachines, launchFleet } from './launch.ts';
import { rollBack } from './roll-back.ts';
import { renderStage, setStage } from './stage.ts';
import type { Endpoint } from './state.ts';
import { createTimeBudget } from './time-budget.ts';
import type { Update } from './update-state.ts';

/** Duration of a traffic shift in emulated milliseconds: long enough to be visible in DescribeEndpoint. */
const ACTIVATION_MILLISECONDS = 1_000;

/** Updates an endpoint from blue to green. It ends InService on one of them, or UpdateRollbackFailed. Never throws. */
export async function runUpdate(
  dependencies: SageMakerDependencies,
  endpoint: Endpoint,
  blue: Fleet,
  green: Fleet,
  config: DeploymentConfig | undefined,
): Promise<void> {
  const { clock, log, faults } = dependencies;
  const budget = createTimeBudget(clock, maximumExecutionSeconds(config), endpoint.lifetime.signal);
  const update: Update = { dependencies, endpoint, blue, green, config, budget };
  const counts = green.variants.map((variant) => ({
    name: variant.name,
    green: variant.desiredInstanceCount,
    blue: blue.variants.find(({ name }) => name === variant.name)?.instances.length ?? 0,
  }));
  try {
    const plan = planDeployment(config, counts, dependencies.firstLaunch);
    const bakes = plan.filter(({ kind }) => kind === 'bake');
    for (const step of plan) {
      const stage = renderStage(step, green, config);
      if (stage !== undefined) setStage(green, stage, clock.now());
      await takeStep(update, step, { isFirst: step === bakes[0], isLast: step === bakes.at(-1) });
    }
    await retireFleet(blue);
    for (const variant of green.variants) setActiveCount(variant, variant.desiredInstanceCount);
    setStage(green, undefined, clock.now());
    endpoint.serving = green;
    endpoint.configName = green.configName;
    finish(dependencies, endpoint, 'InService', undefined);
  } catch (error) {
    if (endpoint.lifetime.signal.aborted) return;
    const reason = messageOf(error);
    log(`endpoint ${endpoint.name}: the update to ${green.configName} failed: ${reason}`);
    const isHidden = faults.hidesFailureReason(endpoint.name) || (error instanceof DeploymentFailure && !error.isShown);
    await rollBack(update, reason, isHidden);
  }
}

async function takeStep(update: Update, step: DeploymentStep, position: BakePosition): Promise<void> {
  const { dependencies, endpoint, blue, green, budget } = update;
  switch (step.kind) {
    case 'launch':
      await awaitMachines(dependencies, endpoint, green, step.green, (wait) => budget.spendEmulated(wait));
      await budget.spendReal((signal) => launchFleet(dependencies, endpoint, green, step.green, signal));
      return;
    case 'shift':
      await budget.spendEmulated(ACTIVATION_MILLISECONDS);
      // Green first, so that at least one fleet is active at any time.
      activate(green, step.green);
      activate(blue, step.blue);
      return;
    case 'bake':
      await bake(update, step, position);
      return;
    case 'retire-blue':
      await Promise.all(blue.variants.map((variant) => retireDownTo(variant, step.remaining[variant.name] ?? 0)));
      return;
  }
}

function activate(fleet: Fleet, counts: Counts): void {
  for (const variant of fleet.variants) setActiveCount(variant, counts[variant.name] ?? 0);
}

async function retireDownTo(variant: Fleet['variants'][number], count: number): Promise<void> {
  await Promise.all(variant.instances.slice(count).map((instance) => retireInstance(variant, instance)));
}
