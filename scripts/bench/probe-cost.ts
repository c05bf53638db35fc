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

/** A stretch of time, in milliseconds since the Unix epoch. */
interface Window {
  readonly from: number;
  readonly until: number;
}

/** Windows that follow each other: twice without probes, and once with a tick of them. */
interface ProbeRound {
  readonly without: Window;
  readonly again: Window;
  readonly probed: Window;
}

/** Lets the load go on, beside probes in every third window. */
export async function playProbes(
  { aws, endpointName }: SwapFixture,
  context: BenchContext,
): Promise<readonly ProbeRound[]> {
  const child = fork(path.join(import.meta.dirname, 'swap-probes.ts'), [aws.region, endpointName], {
    execArgv: ['--import', './scripts/typescript.js'],
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
  let asked = 0;
  const pass = async (during: () => Promise<void>): Promise<Window> => {
    const from = Date.now();
    await Promise.all([delay(WINDOW_MILLISECONDS), during()]);
    return { from, until: Date.now() };
  };
  const nothing = async (): Promise<void> => await Promise.resolve();
  const rounds: ProbeRound[] = [];
  for (let round = 0; round < (context.short ? 2 : ROUNDS); round += 1) {
    const [without, again] = [await pass(nothing), await pass(nothing)];
    const probed = await pass(async () => {
      asked += await tick();
    });
    rounds.push({ without, again, probed });
  }
  context.report(`probes beside the load: ${String(asked)} questions in ${String(rounds.length)} windows`);
  // Node emits no 'close' for a child that the parent has disconnected.
  child.disconnect();
  await once(child, 'exit');
  return rounds;
}

/** Callers' p99 with probes against without, and how much two windows without them differ. */
export function claimProbes(record: LoadRecord, rounds: readonly ProbeRound[], context: BenchContext): Claim {
  const p99 = ({ from, until }: Window): number =>
    percentile(
      record.milliseconds.filter((_, index) => {
        const at = record.startedAt[index] ?? 0;
        return at >= from && at < until;
      }),
      0.99,
    );
  const figures = rounds.map(({ without, again, probed }) => ({
    noise: p99(again) / p99(without),
    probed: p99(probed) / p99(again),
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
