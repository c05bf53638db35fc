import { endpointName } from '../../../../actions/lib/domain/names.ts';
import type { SwapPhase } from '../../../../actions/lib/domain/swap-state.ts';
import type { Row } from '../row.ts';

const HOUR = 3_600_000;
const STEPS = [
  ['10 s ahead', 10_000],
  ['6 hours ahead', 6 * HOUR],
  ['6 hours back', -6 * HOUR],
] as const;

const GOOD: readonly SwapPhase[] = ['requesting', 'updating', 'verifying', 'confirming'];
const BAD: readonly SwapPhase[] = ['rolling-back', 'proving-blue'];

/** The clock of the runner is set while a swap is under way: nothing changes. */
export const clockRows: readonly Row[] = STEPS.flatMap(([how, milliseconds]) => [
  ...GOOD.map((phase): Row => ({
    fault: `the runner's clock is set ${how} while ${phase}`,
    runs: [{ clockStep: { in: phase, milliseconds } }],
    ends: { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 1 },
  })),
  ...BAD.map((phase): Row => ({
    fault: `wrong values; the runner's clock is set ${how} while ${phase}`,
    world: { answers: { green: { weights: [0.5, -1, 2] } } },
    runs: [{ clockStep: { in: phase, milliseconds } }],
    ends: { outcome: 'rolled-back', serves: 'blue', deployment: 'failure', updates: 2 },
  })),
  {
    fault: `the runner's clock is set ${how} while waiting for maintenance`,
    arrange: ({ aws, environment }) => aws.systemUpdate(endpointName(environment), 600),
    real: { world: { acceleration: 60 } },
    runs: [{ clockStep: { in: 'waiting', milliseconds } }],
    ends: { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 1 },
  },
]);
