import { arnIn, type Place } from '../core/place.ts';
import type { AlarmHistoryItem, MetricAlarm, PutMetricAlarmInput, Tag } from '../api-models/cloudwatch.types.ts';
import type { Clock } from '../core/clock.ts';
import type { AlarmMonitor } from '../sagemaker/dependencies.ts';
import { AwsError } from '../wire/aws-error.ts';
import { evaluateAlarm, type AlarmState, type AlarmVerdict } from './evaluate-alarm.ts';
import type { MetricStore } from './metric-store.ts';

/** How often alarms are looked at while a deployment monitors them, in emulated milliseconds. */
const EVALUATION_INTERVAL_MILLISECONDS = 5_000;
/**
 * How often an alarm is evaluated: one with periods below a minute every ten seconds, any other every minute.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
 */
const paceOf = ({ Period = 60 }: MetricAlarm): number => (Period < 60 ? 10_000 : 60_000);
/** A state of SetAlarmState lasts until the next evaluation, as in CloudWatch: here one period, at least a minute. */
const MINIMUM_HELD_MILLISECONDS = 60_000;

interface AlarmEntry {
  alarm: MetricAlarm;
  tags: readonly Tag[];
  /** End of a state of SetAlarmState. */
  heldUntil: Date | undefined;
  /** Undefined before the first evaluation. */
  evaluatedAt: Date | undefined;
}

/** The account's metric alarms. States are evaluated on each read, and at an interval while there are listeners. */
export interface AlarmStore extends AlarmMonitor {
  put(input: PutMetricAlarmInput): void;
  delete(names: readonly string[]): void;
  setState(name: string, verdict: AlarmVerdict): void;
  setActionsEnabled(names: readonly string[], enabled: boolean): void;
  /** Every alarm, evaluated now. */
  list(): readonly MetricAlarm[];
  tags(arn: string): readonly Tag[];
  setTags(arn: string, tags: readonly Tag[]): void;
  history(): readonly AlarmHistoryItem[];
  /** Notifies listeners when a new value changes a state. */
  reevaluate(): void;
}

export function createAlarmStore(place: Place, clock: Clock, metrics: MetricStore): AlarmStore {
  const entries = new Map<string, AlarmEntry>();
  const history: AlarmHistoryItem[] = [];
  const listeners = new Set<() => void>();
  /** Since when a deployment monitors alarms; undefined while none does. */
  let monitoredSince: Date | undefined;
  const arnOf = (name: string) => arnIn(place, 'cloudwatch', `alarm:${name}`);
  const change = (entry: AlarmEntry, { state, reason }: AlarmVerdict) => {
    const before = entry.alarm.StateValue;
    if (before === state) return;
    const now = clock.now();
    entry.alarm = { ...entry.alarm, StateValue: state, StateReason: reason, StateUpdatedTimestamp: now };
    history.unshift({
      AlarmName: entry.alarm.AlarmName,
      AlarmType: 'MetricAlarm',
      Timestamp: now,
      HistoryItemType: 'StateUpdate',
      HistorySummary: `Alarm updated from ${before ?? 'INSUFFICIENT_DATA'} to ${state}`,
    });
  };
  const evaluate = (entry: AlarmEntry) => {
    const now = clock.now();
    if (entry.heldUntil !== undefined && now < entry.heldUntil) return;
    entry.heldUntil = undefined;
    const since = entry.evaluatedAt === undefined ? Infinity : now.getTime() - entry.evaluatedAt.getTime();
    if (since < clock.lasting(paceOf(entry.alarm))) return;
    // Nothing that was measured between two evaluations is passed over while somebody acts on it.
    const from = latest(entry.evaluatedAt, monitoredSince);
    entry.evaluatedAt = now;
    const verdict = evaluateAlarm(entry.alarm, metrics, { from, now }, clock.lasting);
    if (verdict !== undefined) change(entry, verdict);
  };
  const reevaluate = () => {
    for (const entry of entries.values()) evaluate(entry);
    for (const listener of [...listeners]) listener();
  };
  const require = (name: string) => {
    const entry = entries.get(name);
    if (entry === undefined) throw new AwsError('ResourceNotFound', `Alarm ${name} does not exist`, 404);
    return entry;
  };
  const requireByArn = (arn: string) => {
    const entry = [...entries.values()].find(({ alarm }) => alarm.AlarmArn === arn);
    if (entry === undefined) throw new AwsError('ResourceNotFoundException', `${arn} does not exist`, 404);
    return entry;
  };
  return {
    reevaluate,
    put({ Tags = [], ...input }) {
      const before = entries.get(input.AlarmName);
      const now = clock.now();
      const alarm: MetricAlarm = {
        ActionsEnabled: true,
        StateValue: before?.alarm.StateValue ?? 'INSUFFICIENT_DATA',
        StateReason: before?.alarm.StateReason ?? 'Unchecked: Initial alarm creation',
        StateUpdatedTimestamp: before?.alarm.StateUpdatedTimestamp ?? now,
        OKActions: [],
        AlarmActions: [],
        InsufficientDataActions: [],
        Dimensions: [],
        ...input,
        AlarmArn: arnOf(input.AlarmName),
        AlarmConfigurationUpdatedTimestamp: now,
      };
      entries.set(input.AlarmName, { alarm, tags: before?.tags ?? Tags, heldUntil: undefined, evaluatedAt: undefined });
      reevaluate();
    },
    delete(names) {
      for (const name of names) require(name);
      for (const name of names) entries.delete(name);
    },
    setState(name, verdict) {
      const entry = require(name);
      const held = clock.lasting(Math.max(MINIMUM_HELD_MILLISECONDS, (entry.alarm.Period ?? 60) * 1000));
      entry.heldUntil = new Date(clock.now().getTime() + held);
      change(entry, verdict);
      for (const listener of [...listeners]) listener();
    },
    setActionsEnabled(names, enabled) {
      for (const entry of names.map(require)) entry.alarm = { ...entry.alarm, ActionsEnabled: enabled };
    },
    list() {
      for (const entry of entries.values()) evaluate(entry);
      return [...entries.values()].map(({ alarm }) => alarm);
    },
    tags: (arn) => requireByArn(arn).tags,
    setTags(arn, tags) {
      requireByArn(arn).tags = tags;
    },
    history: () => history,
    findMissing: (names) => names.find((name) => !entries.has(name)),
    findBreach: (names) =>
      names.find((name) => {
        const entry = entries.get(name);
        if (entry !== undefined) evaluate(entry);
        return entry?.alarm.StateValue === ('ALARM' satisfies AlarmState);
      }),
    onChange(listener) {
      listeners.add(listener);
      monitoredSince ??= clock.now();
      const stopped = new AbortController();
      void watch(clock, stopped.signal, listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) monitoredSince = undefined;
        stopped.abort();
      };
    },
  };
}

/** The later of two moments; undefined where one of them is missing. */
function latest(one: Date | undefined, other: Date | undefined): Date | undefined {
  if (one === undefined || other === undefined) return undefined;
  return one > other ? one : other;
}

/** Calls a listener at an interval until stopped. */
async function watch(clock: Clock, stopped: AbortSignal, listener: () => void): Promise<void> {
  try {
    for (;;) {
      await clock.waitEmulated(EVALUATION_INTERVAL_MILLISECONDS, stopped);
      listener();
    }
  } catch (error) {
    if (!stopped.aborted) throw error;
  }
}
