import { fork } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { median, percentile, type BenchContext, type Claim } from './bench.ts';
import { atMost } from './claims.ts';
import type { SwapFixture } from './swap-fixture.ts';
import type { LoadRecord } from './swap-load.ts';

const ROUNDS = 12;
/** With a tick in it, probes ask four times as often as the default of environment.json says. */
const WINDOW_MILLISECONDS = 2500;
const TICK_LIMIT_MILLISECONDS = 60_000;
const KINDS = ['without', 'without again', 'with'] as const;

/** Callers' latencies in windows of one round: twice without probes, and once with a tick of them. */
type ProbeWindows = readonly Readonly<Record<(typeof KINDS)[number], { from: number; until: number }>>[];

/** Lets the load go on, beside probes in every third window. */
export async function playProbes({ aws, endpointName }: SwapFixture, context: BenchContext): Promise<ProbeWindows> {
  const child = fork(path.join(import.meta.dirname, 'swap-probes.ts'), [aws.region, endpointName], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, ...aws.environment },
  });
  // The runner is another machine: its work must not be taken from the instances.
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  const tick = async (): Promise<number> => {
    const answered = once(child, 'message', { signal: AbortSignal.timeout(TICK_LIMIT_MILLISECONDS) });
    child.send('ask');
    return Number((await answered)[0]);
  };
  // Its first connections are not measured.
  await tick();
  const rounds: Record<(typeof KINDS)[number], { from: number; until: number }>[] = [];
  let asked = 0;
  for (let round = 0; round < (context.short ? 2 : ROUNDS); round += 1) {
    const windows = new Map<string, { from: number; until: number }>();
    for (const kind of KINDS) {
      const from = Date.now();
      const ticked = kind === 'with' ? tick() : Promise.resolve(0);
      await delay(WINDOW_MILLISECONDS);
      asked += await ticked;
      windows.set(kind, { from, until: Date.now() });
    }
    rounds.push(Object.fromEntries(windows) as (typeof rounds)[number]);
  }
  context.report(`probes beside the load: ${String(asked)} questions in ${String(rounds.length)} windows`);
  // Node emits no 'close' for a child that the parent has disconnected.
  child.disconnect();
  await once(child, 'exit');
  return rounds;
}

/** Callers' p99 with probes against without, and how much two windows without them differ. */
export function claimProbes(record: LoadRecord, rounds: ProbeWindows, context: BenchContext): Claim {
  const p99 = ({ from, until }: { from: number; until: number }): number =>
    percentile(
      record.milliseconds.filter((_, index) => {
        const at = record.startedAt[index] ?? 0;
        return at >= from && at < until;
      }),
      0.99,
    );
  const figures = rounds.map((round) => ({
    noise: p99(round['without again']) / p99(round.without),
    probed: p99(round.with) / p99(round['without again']),
  }));
  const noise = Math.max(...figures.map((one) => Math.max(one.noise, 1 / one.noise)));
  const list = (values: readonly number[]): string => values.map((value) => value.toFixed(2)).join(' ');
  context.report(
    `p99 of callers, window without probes against the one before: ${list(figures.map((one) => one.noise))}`,
  );
  context.report(
    `p99 of callers, window with probes against the one before: ${list(figures.map((one) => one.probed))}`,
  );
  return atMost(
    'swaps: p99 of callers with probes of p99 without, median; target: the largest ratio of two windows without',
    median(figures.map((one) => one.probed)),
    noise,
  );
}
