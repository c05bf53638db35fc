import type { DeploymentConfig } from '../api-models/sagemaker.types.ts';
import type { SageMakerDependencies } from './dependencies.ts';
import type { Fleet } from './fleet.ts';
import type { Endpoint } from './state.ts';
import type { TimeBudget } from './time-budget.ts';

/** An update of an endpoint from blue to green. */
export interface Update {
  readonly dependencies: SageMakerDependencies;
  readonly endpoint: Endpoint;
  readonly blue: Fleet;
  readonly green: Fleet;
  readonly config: DeploymentConfig | undefined;
  readonly budget: TimeBudget;
}
