import { endpointName } from '../../../../actions/lib/domain/environment/names.ts';
import type { Row } from '../harness/row.ts';
import { withoutProbes } from './without-probes.ts';

/** Longer than any wait of a swap. */
const milliseconds = 6 * 3_600_000;

/** The clock of the runner is set ahead while something is waited for: nothing changes. */
export const clockRows: readonly Row[] = [
  {
    fault: "the runner's clock is set 6 hours ahead while updating",
    runs: [{ clockStep: { in: 'updating', milliseconds } }],
    ends: { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 1 },
  },
  withoutProbes({
    fault: "wrong values; the runner's clock is set 6 hours ahead while rolling-back",
    fixture: { answers: { green: { weights: [0.5, -1, 2] } } },
    runs: [{ clockStep: { in: 'rolling-back', milliseconds } }],
    ends: { outcome: 'rolled-back', serves: 'blue', deployment: 'failure', updates: 2 },
  }),
  {
    fault: "the runner's clock is set 6 hours ahead while waiting for maintenance",
    arrange: ({ aws, environment }) => aws.systemUpdate(endpointName(environment), 600),
    real: { fixture: { acceleration: 60 } },
    runs: [{ clockStep: { in: 'waiting', milliseconds } }],
    ends: { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 1 },
  },
];
