import type { Row } from '../harness/row.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGKILL'] as const;

const goodStates = ['requesting', 'updating', 'verifying', 'confirming'] as const;
const badStates = ['rolling-back', 'proving-blue'] as const;

/** A signal in each state, and a second run after it. */
export const signalRows: readonly Row[] = [
  ...SIGNALS.map((what): Row => ({
    fault: `${what} while waiting for maintenance, and run again`,
    arrange: ({ aws }) => aws.systemUpdate('scoring-production', 600),
    real: { fixture: { acceleration: 100 } },
    runs: [{ disturbance: { in: 'waiting', what } }, {}],
    ends: { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 1 },
  })),
  ...goodStates.flatMap((state) =>
    SIGNALS.map((what): Row => ({
      fault: `${what} while ${state}, and run again`,
      runs: [{ disturbance: { in: state, what } }, {}],
      ends: { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 1 },
    })),
  ),
  ...badStates.flatMap((state) =>
    SIGNALS.map((what): Row => ({
      fault: `wrong values; ${what} while ${state}, and run again`,
      fixture: { answers: { green: { weights: [0.5, -1, 2] } }, environment: { probes: null } },
      runs: [{ disturbance: { in: state, what } }, {}],
      ends: { outcome: 'rolled-back', serves: 'blue', deployment: 'failure', updates: 2 },
    })),
  ),
  {
    fault: 'an alarm in the bake; SIGKILL while updating, and run again after SageMaker has rolled back',
    runs: [
      { disturbance: { in: 'updating', what: 'SIGKILL' } },
      ({ aws, time }) => {
        aws.faults.inject({ kind: 'bake-failure', bake: 'last', reason: 'alarm', times: 1 });
        void time.waitEmulated(1);
        return {};
      },
    ],
    ends: { outcome: 'rolled-back', serves: 'blue', deployment: 'failure', updates: 1 },
    says: /in progress already/,
  },
  {
    fault: 'an alarm in the bake; SIGTERM while updating, and run again long after SageMaker has rolled back',
    arrange: ({ aws }) => {
      aws.faults.inject({ kind: 'bake-failure', bake: 'last', reason: 'alarm', times: 1 });
    },
    runs: [
      { disturbance: { in: 'updating', what: 'SIGTERM' } },
      async ({ time }) => {
        await time.advance(3_600_000);
        return {};
      },
    ],
    real: { impossible: 'an hour passes between the runs' },
    ends: { outcome: 'rolled-back', serves: 'blue', deployment: 'failure', updates: 1 },
    says: /SageMaker rolled the update of an earlier run back/,
  },
];
