import type { MatrixFixture } from '../harness/fixture.ts';
import type { RunOptions } from '../harness/run-use-case.ts';
import type { Row } from '../harness/row.ts';
import { withoutProbes } from './without-probes.ts';

const promoted = { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 1 } as const;
const rolledBack = { outcome: 'rolled-back', serves: 'blue', deployment: 'failure', updates: 1 } as const;
const timing = { terminationWaitSeconds: 60, maximumExecutionTimeoutSeconds: 3600 } as const;

const canaryFirst = { firstLaunch: 'canary' } as const;
const slow = { launchSeconds: 420 } as const;

/** A swap that launches green in two halves, whatever an update launches first. */
const rolling = {
  environment: {
    swap: {
      strategy: 'rolling',
      batchSize: { unit: 'percent', value: 50 },
      waitIntervalSeconds: 60,
      maximumExecutionTimeoutSeconds: 3600,
    },
  },
} as const;

const SHORTAGE = 'Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error.';

/** The first instances of a fleet fit; there is no capacity for those that follow. */
const noCapacityForTheRest =
  (release: 'blue' | 'green', times?: number) =>
  ({ aws, configName }: MatrixFixture): void => {
    const further = times === undefined ? {} : { times };
    aws.faults.inject({
      kind: 'launch-failure',
      configName: configName(release),
      launch: 'following',
      reason: SHORTAGE,
      ...further,
    });
  };

/** The job dies when the update has begun, and emulated time passes until the next run. */
const killedInFlight = { disturbance: { in: 'updating', what: 'SIGKILL' } } as const;
const after =
  (seconds: number, options: RunOptions) =>
  async ({ time }: MatrixFixture): Promise<RunOptions> => {
    await time.advance(seconds * 1000);
    return options;
  };

/** Fleets that take minutes to launch, or are launched in parts. */
export const launchRows: readonly Row[] = [
  { fault: 'machines take seven minutes', fixture: { launches: slow }, ends: promoted },
  { fault: 'only the canary is launched before its bake', fixture: { launches: canaryFirst }, ends: promoted },
  {
    fault: 'the canary has baked, and there is no capacity for the rest',
    fixture: { launches: canaryFirst },
    arrange: noCapacityForTheRest('green'),
    ends: rolledBack,
    says: /InsufficientInstanceCapacity/,
  },
  {
    fault: 'machines take seven minutes; the canary has baked, and there is no capacity for the rest',
    fixture: { launches: { ...slow, ...canaryFirst } },
    arrange: noCapacityForTheRest('green'),
    ends: rolledBack,
    says: /InsufficientInstanceCapacity/,
  },
  {
    fault: 'linear, each step launched before it: there is no capacity for the last step',
    fixture: {
      launches: canaryFirst,
      environment: {
        swap: { strategy: 'linear', stepSize: { unit: 'percent', value: 50 }, waitIntervalSeconds: 60, ...timing },
      },
    },
    arrange: noCapacityForTheRest('green'),
    ends: rolledBack,
    says: /InsufficientInstanceCapacity/,
  },
  {
    fault: 'rolling: there is no capacity for the second batch',
    fixture: rolling,
    arrange: noCapacityForTheRest('green'),
    ends: rolledBack,
    says: /InsufficientInstanceCapacity/,
  },
  {
    fault: 'rolling: there is no capacity for the second batch, nor to launch the rest of blue again',
    fixture: rolling,
    arrange: (fixture) => {
      noCapacityForTheRest('green')(fixture);
      noCapacityForTheRest('blue', 1)(fixture);
    },
    ends: { ...rolledBack, updates: 2 },
    says: /a mix of two configs serves/,
  },
  withoutProbes({
    fault: 'machines take seven minutes, and green answers wrongly: blue has to be launched again',
    fixture: { launches: slow, answers: { green: { weights: [0.5, -1, 2] } } },
    ends: { ...rolledBack, updates: 2 },
  }),
  {
    fault: 'the job is killed while the rest is launched after the canary, and runs again',
    fixture: { launches: { ...slow, ...canaryFirst } },
    runs: [killedInFlight, after(900, {})],
    ends: promoted,
    says: /in progress already/,
  },
  {
    fault: 'aborted while the rest is launched after the canary: SageMaker looks at the alarm in the next bake',
    fixture: { launches: { ...slow, ...canaryFirst } },
    runs: [killedInFlight, after(900, { action: 'rollback' })],
    ends: { outcome: 'promoted', serves: 'blue', deployment: 'success', updates: 1 },
    // What is in flight when a process starts must still be in flight when it looks.
    real: { fixture: { acceleration: 60 } },
    says: /asked SageMaker to roll back .*Launching 1 instance/,
  },
  {
    fault: 'aborted while green is launched, which takes longer than half an hour',
    fixture: {
      launches: { launchSeconds: 2100 },
      environment: {
        swap: {
          strategy: 'canary',
          canarySize: { unit: 'percent', value: 50 },
          waitIntervalSeconds: 300,
          terminationWaitSeconds: 60,
          maximumExecutionTimeoutSeconds: 7200,
        },
      },
    },
    runs: [killedInFlight, { action: 'rollback' }],
    real: { impossible: 'the process would have to wait for more than half an hour' },
    ends: { outcome: 'promoted', serves: 'blue', deployment: 'success', updates: 1 },
    says: /asked SageMaker to roll back/,
  },
  {
    fault: 'machines take seven minutes; a rollback by hand',
    fixture: { launches: slow },
    runs: [{ action: 'rollback' }],
    ends: { outcome: 'promoted', serves: 'old', deployment: 'success', updates: 1 },
  },
];
