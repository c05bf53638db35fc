import type { CapacitySize, DeploymentConfig } from '../api-models/sagemaker.types.ts';
import { validationException } from '../wire/aws-error.ts';
import { maximumExecutionSeconds, planDeployment, type VariantCounts } from './deployment-plan.ts';

/**
 * The rules for DeploymentConfig that are not in the API model (UpdateEndpoint API reference and developer guide,
 * "Deployment guardrails"). @throws AwsError ValidationException for the first one broken.
 */
export function checkDeploymentConfig(config: DeploymentConfig, variants: readonly VariantCounts[]): void {
  const { BlueGreenUpdatePolicy: blueGreen, RollingUpdatePolicy: rolling } = config;
  if ((blueGreen === undefined) === (rolling === undefined)) {
    throw validationException(
      'Exactly one of BlueGreenUpdatePolicy and RollingUpdatePolicy must be provided in DeploymentConfig.',
    );
  }
  if (rolling !== undefined) {
    checkSize('MaximumBatchSize', rolling.MaximumBatchSize, 5, 50, variants);
    const back = rolling.RollbackMaximumBatchSize;
    if (back !== undefined) checkSize('RollbackMaximumBatchSize', back, 5, 100, variants);
  }
  const routing = blueGreen?.TrafficRoutingConfiguration;
  if (routing?.Type === 'CANARY') {
    if (routing.CanarySize === undefined) throw validationException('CanarySize must be provided when Type is CANARY.');
    checkSize('CanarySize', routing.CanarySize, 1, 50, variants);
  } else if (routing?.CanarySize !== undefined) {
    throw validationException('CanarySize can only be provided when Type is CANARY.');
  }
  if (routing?.Type === 'LINEAR') {
    if (routing.LinearStepSize === undefined)
      throw validationException('LinearStepSize must be provided when Type is LINEAR.');
    checkSize('LinearStepSize', routing.LinearStepSize, 10, 50, variants);
  } else if (routing?.LinearStepSize !== undefined) {
    throw validationException('LinearStepSize can only be provided when Type is LINEAR.');
  }
  const waitSeconds = planDeployment(config, variants).reduce(
    (total, step) => total + (step.kind === 'bake' ? step.seconds : 0),
    0,
  );
  if (maximumExecutionSeconds(config) <= waitSeconds) {
    throw validationException(
      `MaximumExecutionTimeoutInSeconds (${maximumExecutionSeconds(config)}) must be greater than the sum of the wait times of the deployment (${waitSeconds}).`,
    );
  }
}

function checkSize(
  member: string,
  { Type, Value }: CapacitySize,
  lowestPercent: number,
  highestPercent: number,
  variants: readonly VariantCounts[],
): void {
  if (Type === 'CAPACITY_PERCENT' && (Value < lowestPercent || Value > highestPercent)) {
    throw validationException(
      `${member} of type CAPACITY_PERCENT must be between ${lowestPercent} and ${highestPercent}, found ${Value}.`,
    );
  }
  for (const { name, green } of variants) {
    if (green < 2 && highestPercent <= 50) {
      throw validationException(`${member} requires at least 2 instances, production variant ${name} has ${green}.`);
    }
    const most = Math.floor((green * highestPercent) / 100);
    if (Type === 'INSTANCE_COUNT' && Value > most) {
      throw validationException(
        `${member} of type INSTANCE_COUNT must be at most ${highestPercent}% of the instance count: production variant ${name} has ${green} instances, found ${Value}.`,
      );
    }
  }
}
