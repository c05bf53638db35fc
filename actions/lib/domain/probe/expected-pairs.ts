import { bakesOf, type Environment } from '../environment/environment.ts';
import { COLD_ANSWERS } from './pairing.ts';
import { LANES, mostCalls } from './tick.ts';

/**
 * About how many pairs of answers the bakes of an environment hold: each round gives as many answers of green as there are
 * questions in flight, and the first ones after a shift don't count. Null where nothing is probed.
 *
 * @param instances - Size of the fleet; undefined where no release says it.
 */
export function expectedPairs(
  { swap, probes }: Pick<Environment, 'swap' | 'probes'>,
  instances: number | undefined,
): number | null {
  if (probes === null) return null;
  const { intervalSeconds } = probes;
  const answers = Math.min(LANES, mostCalls(intervalSeconds, null));
  return bakesOf(swap, instances).reduce(
    (sum, seconds) => sum + Math.max(0, Math.floor(seconds / intervalSeconds) * answers - COLD_ANSWERS),
    0,
  );
}
