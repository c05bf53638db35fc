import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Environment } from '../../actions/lib/domain/environment/environment.ts';
import type { BenchContext, Claim } from './bench.ts';
import { atMost } from './claims.ts';
import { startLoad } from './start-swap-load.ts';
import { ACTION_KEY, startSwapFixture, type SwapFixture } from './swap-fixture.ts';

const CONNECTIONS = 4;
/** Slower than the swaps under load: a second of the machine is half a minute of the figures. */
const ACCELERATION = 30;
/** How long the machines of a fleet take, in emulated seconds. */
const LAUNCH_SECONDS = 420;
/** How much later than SageMaker's part a figure may be, in emulated seconds: CloudWatch's periods, and the machine. */
const MARGIN_SECONDS = 60;

const timing = { terminationWaitSeconds: 1800, maximumExecutionTimeoutSeconds: 14_400 } as const;
const CANARY: Environment['swap'] = {
  strategy: 'canary',
  canarySize: { unit: 'percent', value: 50 },
  waitIntervalSeconds: 60,
  ...timing,
};
const AT_ONCE: Environment['swap'] = { strategy: 'all-at-once', ...timing, terminationWaitSeconds: 60 };

/** From a person's request to the last answer of the release that is left. */
interface LeavingTimes {
  /** From the start of the action's process to its call, in milliseconds of this machine. */
  readonly startMilliseconds: number;
  /** From that call to the last answer, in emulated seconds. */
  readonly leavingSeconds: number;
}

/** How long callers meet a bad release after somebody left it: by abort while blue stands, and by rollback after the bake. */
export async function measureRollbacks(context: BenchContext): Promise<readonly Claim[]> {
  const folder = path.join(context.scratchDirectory, 'rollbacks');
  const fixture = await startSwapFixture(folder, { acceleration: ACCELERATION, launchSeconds: LAUNCH_SECONDS });
  try {
    const { abort, rollback } = await measure(fixture, path.join(folder, 'load.json'));
    const report = (what: string, { startMilliseconds, leavingSeconds }: LeavingTimes): void => {
      const start = `${(startMilliseconds / 1000).toFixed(1)} s of this machine until it asks SageMaker`;
      context.report(
        `${what}: ${start}, then ${leavingSeconds.toFixed(0)} emulated s to the last answer of that release`,
      );
    };
    context.report(`machines take ${LAUNCH_SECONDS} emulated s`);
    report('abort in the last bake', abort);
    report('rollback after the bake', rollback);
    const what = 'to the last answer of the release that was left, emulated';
    return [
      atMost(`rollbacks: abort in the last bake ${what}`, abort.leavingSeconds, MARGIN_SECONDS, 's'),
      atMost(
        `rollbacks: rollback after the bake ${what}`,
        rollback.leavingSeconds,
        LAUNCH_SECONDS + MARGIN_SECONDS,
        's',
      ),
    ];
  } finally {
    await fixture.close();
  }
}

async function measure(
  fixture: SwapFixture,
  output: string,
): Promise<{ readonly abort: LeavingTimes; readonly rollback: LeavingTimes }> {
  const good = await fixture.release('good', [2, -1, 0.5]);
  const aborted = await fixture.release('aborted', [2.001, -1, 0.5]);
  const bad = await fixture.release('bad', [2.002, -1, 0.5]);
  await fixture.createEndpoint(good);
  const load = startLoad(fixture, CONNECTIONS, output);
  await expectExit(fixture.deploy(good, AT_ONCE), 0);

  const swap = fixture.deploy(aborted, CANARY);
  while (!(await fixture.stages()).includes('TerminationWaitInSeconds')) await delay(200);
  const abort = await expectExit(fixture.abort(), 0);
  await expectExit(swap, 1);

  await expectExit(fixture.deploy(bad, AT_ONCE), 0);
  const rollback = await expectExit(fixture.rollBack(), 0);
  await delay(1000);
  const { startedAt, milliseconds, release } = await load.stop();
  const lastAnswerOf = (left: string): number =>
    Math.max(...startedAt.flatMap((at, index) => (release[index] === left ? at + (milliseconds[index] ?? 0) : [])));
  const timesOf = (run: { readonly startedAt: number }, operation: string, left: string): LeavingTimes => {
    const call = fixture.aws.calls.find(
      ({ operation: called, caller, at }) =>
        called === operation && caller.accessKeyId === ACTION_KEY && at.getTime() >= run.startedAt,
    );
    if (call === undefined) throw new Error(`no ${operation} was called`);
    const asked = call.at.getTime();
    const leavingSeconds = ((lastAnswerOf(left) - asked) / 1000) * ACCELERATION;
    return { startMilliseconds: asked - run.startedAt, leavingSeconds };
  };
  return {
    abort: timesOf(abort, 'PutMetricData', aborted),
    rollback: timesOf(rollback, 'UpdateEndpoint', bad),
  };
}

async function expectExit<Run extends { readonly exitCode: number | null; readonly log: string }>(
  running: Promise<Run>,
  exitCode: number,
): Promise<Run> {
  const run = await running;
  if (run.exitCode !== exitCode) throw new Error(`an action ended with ${String(run.exitCode)}:\n${run.log}`);
  return run;
}
