import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../../actions/lib/domain/environment/environment.ts';
import { percentile, type BenchContext, type BenchFamily, type Claim } from './bench.ts';
import { atLeast, atMost } from './claims.ts';
import { claimProbes, playProbes } from './probe-cost.ts';
import { measureRollbacks } from './rollback-times.ts';
import { startLoad } from './start-swap-load.ts';
import type { LoadRecord } from './swap-load.ts';
import { ACTION_KEY, startSwapFixture, type SwapFixture } from './swap-fixture.ts';

const family: BenchFamily = {
  summary: 'blue/green swaps and an automatic rollback under load: failures, wrong releases, latency',
  run,
};
export default family;

const CONNECTIONS = 32;
const LEAST_REQUESTS = 100_000;
/** Emulated waits pass so many times faster: a bake of five minutes takes five seconds. */
const ACCELERATION = 60;
const timing = { terminationWaitSeconds: 240, maximumExecutionTimeoutSeconds: 7200 } as const;

const SWAPS: readonly Environment['swap'][] = [
  { strategy: 'canary', canarySize: { unit: 'percent', value: 50 }, waitIntervalSeconds: 240, ...timing },
  { strategy: 'linear', stepSize: { unit: 'percent', value: 50 }, waitIntervalSeconds: 180, ...timing },
  {
    strategy: 'rolling',
    batchSize: { unit: 'percent', value: 50 },
    waitIntervalSeconds: 180,
    maximumExecutionTimeoutSeconds: 7200,
  },
  { strategy: 'all-at-once', ...timing },
];

/** A stretch of time, and the releases that may answer in it. */
interface Stretch {
  readonly name: string;
  readonly from: number;
  readonly until: number;
  readonly allowed: readonly string[];
}

async function run(context: BenchContext): Promise<readonly Claim[]> {
  const fixture = await startSwapFixture(context.scratchDirectory, { acceleration: ACCELERATION });
  try {
    return [...(await measure(fixture, context)), ...(await measureRollbacks(context))];
  } finally {
    await fixture.close();
  }
}

async function measure(fixture: SwapFixture, context: BenchContext): Promise<readonly Claim[]> {
  const first = await fixture.release('v1', [2, -1, 0.5]);
  const second = await fixture.release('v2', [2.001, -1, 0.5]);
  const bad = await fixture.release('bad', [0.5, -1, 2]);
  await fixture.createEndpoint(first);

  const load = startLoad(fixture, CONNECTIONS, path.join(context.scratchDirectory, 'load.json'));
  await delay(2000);
  const stretches: Stretch[] = [];
  let live = first;
  let quietSince = Date.now();
  await delay(context.short ? 3000 : 10_000);
  for (const swap of SWAPS) {
    const target = live === first ? second : first;
    const { exitCode, startedAt, endedAt, log } = await fixture.deploy(target, swap);
    if (exitCode !== 0) throw new Error(`the ${swap.strategy} swap failed:\n${log}`);
    stretches.push({ name: 'before', from: quietSince, until: startedAt, allowed: [live] });
    stretches.push({ name: swap.strategy, from: startedAt, until: endedAt, allowed: [live, target] });
    [live, quietSince] = [target, endedAt];
    await delay(context.short ? 2000 : 5000);
  }
  const rollback = await fixture.deploy(bad, { strategy: 'all-at-once', ...timing });
  if (rollback.exitCode !== 1 || !/rolled-back/.test(rollback.log)) {
    throw new Error(`the bad release was not rolled back:\n${rollback.log}`);
  }
  // The local AWS keeps its newest calls alone.
  const rollBackMilliseconds = millisecondsToRollBack(fixture);
  stretches.push({ name: 'before', from: quietSince, until: rollback.startedAt, allowed: [live] });
  stretches.push({
    name: 'automatic rollback',
    from: rollback.startedAt,
    until: rollback.endedAt,
    allowed: [live, bad],
  });
  quietSince = Date.now();
  const enough = context.short ? 1 : LEAST_REQUESTS;
  while (fixture.aws.calls.filter(({ operation }) => operation === 'InvokeEndpoint').length < enough) await delay(1000);
  await delay(1000);
  stretches.push({ name: 'before', from: quietSince, until: Date.now(), allowed: [live] });
  const windows = await playProbes(fixture, context);
  const record = await load.stop();
  return [...claims(rollBackMilliseconds, context, record, stretches), claimProbes(record, windows, context)];
}

function claims(
  rollBackMilliseconds: number,
  context: BenchContext,
  record: LoadRecord,
  stretches: readonly Stretch[],
): readonly Claim[] {
  const latencies = new Map<string, number[]>();
  let wrong = 0;
  record.startedAt.forEach((startedAt, index) => {
    const milliseconds = record.milliseconds[index] ?? 0;
    const release = record.release[index] ?? '';
    const touched = stretches.filter(({ from, until }) => startedAt <= until && startedAt + milliseconds >= from);
    if (release !== '' && touched.length > 0 && !touched.some(({ allowed }) => allowed.includes(release))) wrong += 1;
    const [home] = touched;
    if (home === undefined) return;
    const values = latencies.get(home.name) ?? [];
    values.push(milliseconds);
    latencies.set(home.name, values);
  });
  const quiet = percentile(latencies.get('before') ?? [], 0.99);
  context.report(`requests: ${record.startedAt.length} over ${CONNECTIONS} connections`);
  for (const [name, values] of latencies) {
    const [p50, p99] = [percentile(values, 0.5), percentile(values, 0.99)];
    context.report(
      `${name.padEnd(20)} ${String(values.length).padStart(7)} requests, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ${(p99 / quiet).toFixed(2)} times before`,
    );
  }
  for (const failure of record.failures.slice(0, 5)) context.report(`failure: ${failure}`);
  return [
    atLeast('swaps: requests under load', record.startedAt.length, context.short ? 1 : LEAST_REQUESTS, ''),
    atMost('swaps: failed requests', record.failures.length, 0, ''),
    atMost('swaps: answers of a release that may not answer then', wrong, 0, ''),
    ...[...latencies].flatMap(([name, values]) =>
      name === 'before' ? [] : [atMost(`swaps: p99 during ${name} of p99 before`, percentile(values, 0.99) / quiet, 2)],
    ),
    atMost('swaps: from the failed smoke test to UpdateEndpoint', rollBackMilliseconds, 1000, 'ms'),
  ];
}

/** From the last answer that the action had before it rolled back to its UpdateEndpoint call. */
function millisecondsToRollBack({ aws }: SwapFixture): number {
  const own = aws.calls.filter(({ caller }) => caller.accessKeyId === ACTION_KEY);
  const update = own.findLast(({ operation }) => operation === 'UpdateEndpoint');
  const probe = own.findLast(
    ({ operation, at }) => operation === 'InvokeEndpoint' && update !== undefined && at < update.at,
  );
  if (update === undefined || probe === undefined) throw new Error('no rollback was recorded');
  return update.at.getTime() - probe.at.getTime();
}
