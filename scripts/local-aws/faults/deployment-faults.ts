import type { DeploymentFaults } from '../sagemaker/dependencies.ts';
import type { FaultBook } from './fault.ts';

/** The faults of the book that befall launches, bakes and rollbacks. */
export function createDeploymentFaults(book: FaultBook): DeploymentFaults {
  const isFor = (fault: { readonly endpointName?: string | undefined }, endpointName: string) =>
    (fault.endpointName ?? endpointName) === endpointName;
  return {
    onLaunch: (endpointName, configName, variantName) =>
      book.take(
        'launch-failure',
        (fault) =>
          isFor(fault, endpointName) &&
          (fault.configName ?? configName) === configName &&
          (fault.variantName ?? variantName) === variantName,
      )?.reason,
    onBake(endpointName, position) {
      const isBake = (bake: 'first' | 'last') => (bake === 'first' ? position.isFirst : position.isLast);
      const fault = book.take('bake-failure', (candidate) => isFor(candidate, endpointName) && isBake(candidate.bake));
      return fault && { reason: fault.reason };
    },
    onRollback: (endpointName) => book.take('rollback-failure', (fault) => isFor(fault, endpointName))?.reason,
    hidesFailureReason: (endpointName) =>
      book.take('hidden-failure-reason', (fault) => isFor(fault, endpointName)) !== undefined,
  };
}
