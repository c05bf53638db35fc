import { execFile } from 'node:child_process';
import { median, ratio, type BenchContext, type BenchFamily, type Claim } from './bench.ts';
import { atLeast, atMost } from './claims.ts';
import { expectPrediction, runComparison } from './comparison.ts';
import { computeBoundNetwork } from '../../server/src/testing/networks.ts';
import { prepareNetwork } from './network-bodies.ts';
import { nodePeer } from './node-peers.ts';
import { worstPingUnderLoad } from './ping.ts';
import { startOurs, startPeer } from './processes.ts';

const family: BenchFamily = {
  summary: 'a network bound by arithmetic, against a bare loop of runs; /ping under overload',
  run,
};
export default family;

async function run(context: BenchContext): Promise<readonly Claim[]> {
  const { file, bodies, answer } = await prepareNetwork(context.scratchDirectory, computeBoundNetwork());
  const served = { bodies, check: expectPrediction(answer) };
  const [bareOne, bareTwo]: [number[], number[]] = [[], []];
  const standings = await runComparison(
    context,
    'bound by arithmetic',
    [
      {
        name: 'this server, 1 thread',
        start: () => startOurs(context.scratchDirectory, { WORKER_THREADS: '1' }),
        ...served,
      },
      {
        name: 'this server, 2 threads',
        start: () => startOurs(context.scratchDirectory, { WORKER_THREADS: '2' }),
        ...served,
      },
      {
        name: 'Hono, one run a request',
        start: () => startPeer(nodePeer('hono-run', { MODEL_FILE: file })),
        ...served,
      },
    ],
    {
      leastSeconds: 4,
      inEachRound: async (seconds) => {
        bareOne.push(await bareRunsPerSecond(file, 1, seconds));
        bareTwo.push(await bareRunsPerSecond(file, 2, seconds));
      },
    },
  );
  context.report(
    `bare loop of runs: ${median(bareOne).toFixed(1)}/s with one thread, ${median(bareTwo).toFixed(1)}/s with two`,
  );
  const [one, two, naive] = ['this server, 1 thread', 'this server, 2 threads', 'Hono, one run a request'].map(
    standings,
  );
  const worstPing = await worstPingUnderLoad(context, () => startOurs(context.scratchDirectory), bodies);
  const percentOf = (rate: number | undefined, bare: readonly number[]): number => (100 * (rate ?? 0)) / median(bare);
  return [
    atLeast(
      'bound by arithmetic: of the rate of a bare loop, one thread',
      percentOf(one?.ratePerSecond, bareOne),
      90,
      '%',
    ),
    atLeast(
      'bound by arithmetic: of the rate of two bare loops, two threads',
      percentOf(two?.ratePerSecond, bareTwo),
      80,
      '%',
    ),
    atMost(
      'bound by arithmetic: p99 against that of one run a request',
      ratio(two?.p99Milliseconds, naive?.p99Milliseconds),
      0.25,
    ),
    atMost('bound by arithmetic: p99 against p50', ratio(two?.p99Milliseconds, two?.p50Milliseconds), 2.5),
    atMost('worst /ping on a new connection while 400 connections are busy', worstPing, 100, 'ms'),
  ];
}

/** Runs per second of so many bare loops at once, each in a process of its own. */
async function bareRunsPerSecond(file: string, loops: number, seconds: number): Promise<number> {
  const rates = await Promise.all(Array.from({ length: loops }, () => bareLoop(file, seconds)));
  return rates.reduce((total, rate) => total + rate, 0);
}

function bareLoop(file: string, seconds: number): Promise<number> {
  const { executable, arguments: argv } = nodePeer('bare-runs');
  const environment = { ...process.env, ORT_DISABLE_TELEMETRY: '1', MODEL_FILE: file, SECONDS: String(seconds) };
  return new Promise((resolve, reject) => {
    execFile(executable, [...argv], { env: environment }, (error, stdout, stderr) => {
      const rate = Number(stdout);
      if (error === null && rate > 0) resolve(rate);
      else reject(new Error(`the bare loop of runs failed: ${stderr}`, { cause: error }));
    });
  });
}
