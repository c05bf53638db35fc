import { DeleteAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { abortUpdate } from '../../../../actions/lib/operations/abort-update.ts';
import type { RunOptions } from '../harness/run-use-case.ts';
import type { Row } from '../harness/row.ts';
import type { MatrixFixture } from '../harness/fixture.ts';

/** What is in flight when a process starts must still be in flight when it looks. */
const unhurried = { fixture: { acceleration: 60 } } as const;
const killedInFlight = { disturbance: { in: 'updating', what: 'SIGKILL' } } as const;

const SILENT = { info: () => undefined, debug: () => undefined, warning: () => undefined, error: () => undefined };

/** Another job aborts the update, to its end: one request alone may be over before SageMaker looks at the alarm. */
const abortedInFlight = ({ ports, environment, time }: MatrixFixture): RunOptions => ({
  disturbance: {
    in: 'updating',
    what: async () => {
      const signal = new AbortController().signal;
      // Its time is the emulated one.
      let elapsed = 0;
      const sleep = async (milliseconds: number): Promise<void> => {
        elapsed += milliseconds;
        await time.advance(milliseconds);
      };
      const clock = { ...ports().clock, monotonic: () => elapsed, sleep };
      await abortUpdate(environment, { ...ports(), clock, reporter: SILENT, signal });
    },
  },
});

/** A person stops a swap that is under way. */
export const abortRows: readonly Row[] = [
  {
    fault: 'a canary in flight is aborted: what served before serves on',
    runs: [killedInFlight, { action: 'rollback' }],
    real: unhurried,
    ends: { outcome: 'promoted', serves: 'blue', deployment: 'success', updates: 1 },
    says: /asked SageMaker to roll back/,
  },
  {
    fault: 'a canary is aborted while the deployment watches it',
    runs: [abortedInFlight],
    real: unhurried,
    ends: { outcome: 'rolled-back', serves: 'blue', deployment: 'failure', updates: 1 },
  },
  {
    fault: 'a canary was aborted by another job, and no release is named: what served before serves on',
    runs: [abortedInFlight, ({ releases }) => ({ action: 'rollback', leaves: releases.green.id })],
    real: unhurried,
    ends: { outcome: 'promoted', serves: 'blue', deployment: 'success', updates: 1 },
  },
  {
    fault: 'a canary in flight that ends before SageMaker looks at the abort: the rollback goes back from it',
    runs: [
      killedInFlight,
      ({ ports }) => ({
        action: 'rollback',
        wrap: (bare) => ({ ...bare, alarms: { ...ports().alarms, requestAbort: async () => await Promise.resolve() } }),
      }),
    ],
    real: { impossible: 'no service can be told to overlook an alarm' },
    ends: { outcome: 'promoted', serves: 'blue', deployment: 'success', updates: 2 },
    says: /ended before it could be aborted/,
  },
  {
    fault: 'a canary in flight, and the rollback is told to wait for its end',
    runs: [killedInFlight, { action: 'rollback', inFlight: 'wait' }],
    real: unhurried,
    ends: { outcome: 'promoted', serves: 'blue', deployment: 'success', updates: 2 },
  },
  {
    fault: 'a rollback by hand in flight, which no alarm can stop: the next one is refused, and says so',
    runs: [
      { action: 'rollback', disturbance: { in: 'updating', what: 'SIGKILL' } },
      ({ releases }) => ({ action: 'rollback', release: releases.blue.id }),
    ],
    real: { impossible: 'without a bake the update is over before the next process has started' },
    ends: { outcome: 'refused', serves: 'blue', deployment: 'any', updates: 1 },
    says: /watches no alarm, as a rollback by hand does/,
  },
  {
    fault: 'a rollback by hand in flight, and the next one is told to wait for its end',
    runs: [
      { action: 'rollback', disturbance: { in: 'updating', what: 'SIGKILL' } },
      ({ releases }) => ({ action: 'rollback', release: releases.blue.id, inFlight: 'wait' }),
    ],
    ends: { outcome: 'promoted', serves: 'blue', deployment: 'success', updates: 2 },
  },
  {
    fault: 'a canary in flight that does not show yet what it brings: the abort looks again',
    runs: [
      killedInFlight,
      ({ ports }) => {
        let looks = 0;
        const { endpoints } = ports();
        return {
          action: 'rollback',
          wrap: (bare) => ({
            ...bare,
            endpoints: {
              ...bare.endpoints,
              describe: async (name) => {
                const endpoint = await endpoints.describe(name);
                looks += 1;
                // The first look of the action is at what is left, which the ledger says.
                return endpoint === undefined || looks > 4 ? endpoint : { ...endpoint, pending: null };
              },
            },
          }),
        };
      },
    ],
    real: { impossible: 'the local AWS shows at once what an update brings' },
    ends: { outcome: 'promoted', serves: 'blue', deployment: 'success', updates: 1 },
    says: /asked SageMaker to roll back/,
  },
  {
    fault: 'a canary in flight whose abort alarm is gone',
    runs: [
      killedInFlight,
      ({ cloudwatch, configName }) => {
        void cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [`${configName('green')}-abort`] }));
        return { action: 'rollback' };
      },
    ],
    ends: { outcome: 'refused', serves: 'blue', deployment: 'any', updates: 1 },
    // On the virtual clock no time passes between the two runs; here the canary goes on by itself, to its end.
    real: { fixture: { acceleration: 100 }, ends: { serves: 'green' } },
    says: /cannot be aborted/,
  },
];
