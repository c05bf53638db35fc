import type { DeploymentFaults } from '../sagemaker/dependencies.ts';
import type { FaultRegistry } from './fault.ts';

/** The injected faults of launches, bakes and rollbacks. */
export function createDeploymentFaults(registry: FaultRegistry): DeploymentFaults {
  const isFor = (fault: { readonly endpointName?: string | undefined }, endpointName: string) =>
    (fault.endpointName ?? endpointName) === endpointName;
  return {
    onLaunch: ({ endpointName, configName, variantName, running }) =>
      registry.take(
        'launch-failure',
        (fault) =>
          isFor(fault, endpointName) &&
          (fault.configName ?? configName) === configName &&
          (fault.variantName ?? variantName) === variantName &&
          (fault.launch === undefined || (fault.launch === 'first') === (running === 0)),
      )?.reason,
    otherImage: ({ endpointName, configName }) =>
      registry.take(
        'other-image',
        (fault) => isFor(fault, endpointName) && (fault.configName ?? configName) === configName,
      )?.digest,
    onBake(endpointName, position) {
      const isBake = (bake: 'first' | 'last') => (bake === 'first' ? position.isFirst : position.isLast);
      const fault = registry.take(
        'bake-failure',
        (candidate) => isFor(candidate, endpointName) && isBake(candidate.bake),
      );
      return fault && { reason: fault.reason };
    },
    onRollback: (endpointName) => registry.take('rollback-failure', (fault) => isFor(fault, endpointName))?.reason,
    hidesFailureReason: (endpointName) =>
      registry.take('hidden-failure-reason', (fault) => isFor(fault, endpointName)) !== undefined,
    hidesPending: (endpointName) => registry.take('late-summary', (fault) => isFor(fault, endpointName)) !== undefined,
    isStale: (endpointName) => registry.take('stale-look', (fault) => isFor(fault, endpointName)) !== undefined,
  };
}
