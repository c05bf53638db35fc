import { SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import type { MatrixFixture } from '../harness/fixture.ts';
import type { Row } from '../harness/row.ts';
import { withoutProbes } from './without-probes.ts';

const rolledBack = { outcome: 'rolled-back', serves: 'blue', deployment: 'failure', updates: 1 } as const;

/** Makes green's 5xx alarm go off as soon as so many instances of green have traffic: they bake then. */
function alarmInBakeOf(count: number): (fixture: MatrixFixture) => void {
  return ({ aws, time, cloudwatch, configName }) => {
    const active = (): number =>
      aws.instances().filter((instance) => instance.configName === configName('green') && instance.state === 'active')
        .length;
    void (async () => {
      for (let look = 0; look < 1000 && active() !== count; look += 1) await time.waitEmulated(5000);
      const name = `${configName('green')}-5xx`;
      await cloudwatch.send(new SetAlarmStateCommand({ AlarmName: name, StateValue: 'ALARM', StateReason: 'a drill' }));
    })();
  };
}

/** The update fails in its bake, and its rollback too: a mix of two configs serves. */
export function mixTwoConfigs({ aws }: MatrixFixture): void {
  aws.faults.inject({ kind: 'bake-failure', bake: 'first', reason: 'alarm', times: 1 });
  aws.faults.inject({ kind: 'rollback-failure', reason: 'no capacity for blue', times: 1 });
}

/** Failures of SageMaker's update itself. */
export const updateRows: readonly Row[] = [
  {
    fault: 'green is never healthy',
    fixture: { containers: { green: { healthyAfterMilliseconds: Infinity } } },
    ends: rolledBack,
    says: /ping health check/,
  },
  {
    fault: 'green starts after its time-out',
    fixture: { containers: { green: { healthyAfterMilliseconds: 61_000 } } },
    ends: rolledBack,
    says: /ping health check/,
  },
  {
    fault: 'the container cannot be started',
    fixture: {
      containers: { green: { launchError: 'CannotStartContainerError. Please ensure the model container works.' } },
    },
    ends: rolledBack,
    says: /CannotStartContainerError/,
  },
  {
    fault: 'the image disappears after the preflight',
    arrange: ({ aws, configName }) => {
      const reason = 'The image does not exist in the registry.';
      aws.faults.inject({ kind: 'launch-failure', configName: configName('green'), reason });
    },
    ends: rolledBack,
    says: /does not exist in the registry/,
  },
  {
    fault: 'there is no capacity',
    arrange: ({ aws, configName }) => {
      const reason = 'Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error.';
      aws.faults.inject({ kind: 'launch-failure', configName: configName('green'), reason });
    },
    ends: rolledBack,
    says: /InsufficientInstanceCapacity/,
  },
  { fault: 'an alarm in the bake of the canary', arrange: alarmInBakeOf(1), ends: rolledBack },
  { fault: 'an alarm in the last bake', arrange: alarmInBakeOf(2), ends: rolledBack },
  {
    fault: 'rolled back in silence in the first bake, with a reason',
    arrange: ({ aws }) => {
      aws.faults.inject({ kind: 'bake-failure', bake: 'first', reason: 'something internal' });
    },
    ends: rolledBack,
    says: /something internal/,
  },
  {
    fault: 'rolled back in silence in the last bake, without a reason',
    arrange: ({ aws }) => {
      aws.faults.inject({ kind: 'bake-failure', bake: 'last', reason: null });
    },
    ends: rolledBack,
    says: /without saying why/,
  },
  {
    fault: 'the update and its rollback fail (UpdateRollbackFailed)',
    arrange: mixTwoConfigs,
    ends: { ...rolledBack, updates: 2 },
    says: /a mix of two configs serves/,
  },
  {
    fault: 'what the update brings shows only after some looks',
    arrange: ({ aws }) => void aws.faults.inject({ kind: 'late-summary', times: 3 }),
    ends: { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 1 },
  },
  {
    fault: 'two looks in a row are stale right after the update began',
    runs: [
      ({ aws }) => ({
        disturbance: { in: 'updating', what: () => void aws.faults.inject({ kind: 'stale-look', times: 2 }) },
      }),
    ],
    ends: { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 1 },
  },
  withoutProbes({
    fault: 'wrong values, and two looks in a row are stale when blue has to be proved',
    fixture: { answers: { green: { weights: [0.5, -1, 2] } } },
    runs: [
      ({ aws }) => ({
        disturbance: { in: 'proving-blue', what: () => void aws.faults.inject({ kind: 'stale-look', times: 2 }) },
      }),
    ],
    ends: { ...rolledBack, updates: 2 },
  }),
  withoutProbes({
    fault: 'wrong values, and what the way back brings shows only after some looks, the first of which are stale',
    fixture: { answers: { green: { weights: [0.5, -1, 2] } } },
    runs: [
      ({ aws }) => ({
        disturbance: {
          in: 'rolling-back',
          what: () => {
            aws.faults.inject({ kind: 'stale-look', times: 2 });
            aws.faults.inject({ kind: 'late-summary', times: 2 });
          },
        },
      }),
    ],
    ends: { ...rolledBack, updates: 2 },
  }),
  {
    fault: 'UpdateRollbackFailed, and going back is refused',
    arrange: mixTwoConfigs,
    runs: [
      ({ aws }) => ({
        disturbance: {
          in: 'rolling-back',
          what: () => {
            aws.faults.inject({
              kind: 'api-error',
              operation: 'UpdateEndpoint',
              code: 'AccessDeniedException',
              status: 400,
            });
          },
        },
      }),
    ],
    ends: { outcome: 'stuck', serves: 'blue and green', deployment: 'error', updates: 1 },
    says: /the rollback was refused/,
  },
];
