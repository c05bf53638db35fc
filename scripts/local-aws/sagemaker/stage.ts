import type { DeploymentConfig, ProductionVariantStatus } from '../api-models/sagemaker.types.ts';
import type { DeploymentStep } from './deployment-plan.ts';
import type { Fleet } from './fleet.ts';

/** VariantStatus of green for one variant; undefined when the step is not visible. */
export type Stage = (variantName: string) => Pick<ProductionVariantStatus, 'Status' | 'StatusMessage'>;

/** The VariantStatus of green during a step; undefined when the step is not visible. */
export function renderStage(
  step: DeploymentStep,
  green: Fleet,
  config: DeploymentConfig | undefined,
): Stage | undefined {
  const active = (name: string) =>
    green.variants.find((variant) => variant.name === name)?.instances.filter((instance) => instance.active).length ??
    0;
  switch (step.kind) {
    case 'launch':
      return (name) => {
        const running = green.variants.find((variant) => variant.name === name)?.instances.length ?? 0;
        return { Status: 'Creating', StatusMessage: `Launching ${(step.green[name] ?? 0) - running} instance(s).` };
      };
    case 'shift':
      return (name) => ({
        Status: 'ActivatingTraffic',
        StatusMessage: `Activating traffic on ${step.scope} capacity of ${step.green[name] ?? 0} instance(s).`,
      });
    case 'bake': {
      if (step.seconds === 0) return undefined;
      const isTermination = step.scope === 'full' && config?.RollingUpdatePolicy === undefined;
      const parameter = isTermination ? 'TerminationWaitInSeconds' : 'WaitIntervalInSeconds';
      return (name) => ({
        Status: 'Baking',
        StatusMessage: `Baking for ${step.seconds} seconds (${parameter}) with traffic enabled on ${step.scope} capacity of ${active(name)} instance(s).`,
      });
    }
    case 'retire-blue':
      return (name) => ({ Status: 'Deleting', StatusMessage: `Terminating ${step.retiring[name] ?? 0} instance(s).` });
  }
}

/** Sets the stage of every variant of a fleet, with its start time, or removes it. */
export function setStage(fleet: Fleet, stage: Stage | undefined, startedAt: Date): void {
  for (const variant of fleet.variants) {
    variant.status = stage === undefined ? undefined : { ...stage(variant.name), StartTime: startedAt };
  }
}
