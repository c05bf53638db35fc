import type { Environment, SwapStrategy } from '../../../actions/lib/domain/environment/environment.ts';

/** The strategy of an environment first, then the others with its waits. */
export function strategiesOf({ swap }: Pick<Environment, 'swap'>): readonly SwapStrategy[] {
  const { maximumExecutionTimeoutSeconds } = swap;
  const waitIntervalSeconds = 'waitIntervalSeconds' in swap ? swap.waitIntervalSeconds : swap.terminationWaitSeconds;
  const terminationWaitSeconds = 'terminationWaitSeconds' in swap ? swap.terminationWaitSeconds : waitIntervalSeconds;
  const quarter = { unit: 'percent', value: 25 } as const;
  const timing = { terminationWaitSeconds, maximumExecutionTimeoutSeconds };
  const all: readonly SwapStrategy[] = [
    { strategy: 'canary', canarySize: quarter, waitIntervalSeconds, ...timing },
    { strategy: 'linear', stepSize: quarter, waitIntervalSeconds, ...timing },
    { strategy: 'rolling', batchSize: quarter, waitIntervalSeconds, maximumExecutionTimeoutSeconds },
    { strategy: 'all-at-once', ...timing },
  ];
  return [swap, ...all.filter(({ strategy }) => strategy !== swap.strategy)];
}
