import type { Handlers } from '../core/service.ts';
import type { Operations } from '../api-models/sagemaker.types.ts';
import type { SageMakerDependencies } from './dependencies.ts';
import { endpointConfigHandlers } from './endpoint-configs.ts';
import { endpointHandlers } from './endpoints.ts';
import { modelHandlers } from './models.ts';
import { tagHandlers } from './tags.ts';

/** Every SageMaker control-plane operation that the local AWS serves. */
export function sagemakerHandlers(
  dependencies: SageMakerDependencies,
  track: (work: Promise<void>) => void,
): Handlers<Operations> {
  const { state, clock } = dependencies;
  return {
    ...modelHandlers(dependencies),
    ...endpointConfigHandlers(state, clock.now),
    ...endpointHandlers(dependencies, track),
    ...tagHandlers(state),
  };
}
