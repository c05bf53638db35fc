import { expect, it } from 'vitest';
import type { Clock } from '../core/clock.ts';
import { createAlarmStore } from './alarm-store.ts';
import { createMetricStore } from './metric-store.ts';

/** A store with one alarm of periods of ten seconds, at a time that the test sets, in seconds. */
function storeWithAlarm() {
  let seconds = 1000;
  const clock: Clock = {
    now: () => new Date(seconds * 1000),
    // The test looks at the alarm itself.
    waitEmulated: async (_milliseconds, signal) =>
      await new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('stopped')))),
    waitReal: async () => await Promise.resolve(),
    lasting: (emulatedMilliseconds) => emulatedMilliseconds,
  };
  const metrics = createMetricStore();
  const alarms = createAlarmStore({ accountId: '123456789012', region: 'eu-west-1' }, clock, metrics);
  alarms.put({
    ...{ AlarmName: 'abort', Namespace: 'Own', MetricName: 'Abort', Statistic: 'Maximum', Period: 10 },
    ...{ EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'GreaterThanOrEqualToThreshold' },
    TreatMissingData: 'notBreaching',
  });
  return {
    alarms,
    at: (time: number): void => {
      seconds = time;
    },
    record: (): void => metrics.record({ namespace: 'Own', name: 'Abort', dimensions: [] }, clock.now(), 1),
    breach: (): string | undefined => alarms.findBreach(['abort']),
  };
}

it.each([1001, 1004, 1006, 1010, 1014])(
  'sees a point at %i s, whenever it looks between 1000 and 1015 s, while a deployment monitors',
  (time) => {
    const { alarms, at, record, breach } = storeWithAlarm();
    const stop = alarms.onChange(() => undefined);
    expect(breach()).toBeUndefined();
    at(time);
    record();
    at(1015);
    expect(breach()).toBe('abort');
    at(1026);
    expect(breach()).toBeUndefined();
    stop();
  },
);

it('does not count against a deployment what was measured before it', () => {
  const { alarms, at, record, breach } = storeWithAlarm();
  at(1002);
  record();
  at(1015);
  const stop = alarms.onChange(() => undefined);
  expect(breach()).toBeUndefined();
  stop();
  at(1060);
  expect(breach()).toBeUndefined();
});
