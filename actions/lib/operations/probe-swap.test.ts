import { describe, expect, it } from 'vitest';
import { SMOKE } from '../../../scripts/testing/swap-environment.ts';
import type { ProbeSettings } from '../domain/environment/probes.ts';
import type { FleetMinute } from '../domain/probe/fleet-minutes.ts';
import type { Invocation, InvocationResult } from '../ports/invoker.ts';
import { createSwapProbes, type ProbePorts } from './probe-swap.ts';

const SETTINGS: ProbeSettings = {
  intervalSeconds: 10,
  latencyRatio: 1.25,
  errorPercentagePoints: 0.5,
  whenInconclusive: 'continue',
};
const [GREEN, BLUE] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'] as const;

type Answer = (invocation: Invocation, asked: number) => InvocationResult;

function answered(releaseId: string | undefined, change: { status?: number; value?: number } = {}): InvocationResult {
  const { status = 200, value = 4.8 } = change;
  return {
    kind: 'answered',
    status,
    releaseId,
    body: Buffer.from(JSON.stringify({ prediction: [value] })),
    contentType: 'application/json',
    latencyMilliseconds: 20,
  };
}

/** Probes against an endpoint that answers so; time passes with each round. */
function setUp(answer: Answer, settings: Partial<ProbeSettings> = {}, minutes?: ProbePorts['metrics']['minutes']) {
  const asked: Invocation[] = [];
  const warnings: string[] = [];
  let now = 0;
  const probes = createSwapProbes(
    {
      endpointName: 'scoring-production',
      green: { id: GREEN, config: 'green' },
      blue: { id: BLUE, config: 'blue' },
      expected: { file: SMOKE, releaseId: GREEN, parity: null, judgesLatency: true },
      settings: { ...SETTINGS, ...settings },
    },
    {
      invoker: {
        invoke: async (invocation) => {
          const count = asked.push(invocation);
          await Promise.resolve();
          return answer(invocation, count);
        },
      },
      metrics: { minutes: minutes ?? (async () => await Promise.resolve([])) },
      clock: { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() },
      reporter: {
        info: () => undefined,
        debug: () => undefined,
        error: () => undefined,
        warning: (text) => void warnings.push(text),
      },
      signal: new AbortController().signal,
    },
  );
  const round = async (share: number): Promise<string | null> => {
    now = probes.dueAt();
    return await probes.ask(share);
  };
  return { probes, asked, warnings, round };
}

describe('a round beside a swap', () => {
  it('asks until green has answered both cases, and not more than the limit', async () => {
    const good = setUp((_, count) => answered(count % 3 === 0 ? GREEN : BLUE));
    expect(await good.round(0.25)).toBeNull();
    expect(good.asked.length).toBeLessThan(10);
    const never = setUp(() => answered(BLUE));
    await never.round(0.25);
    expect(never.asked).toHaveLength(10);
    expect(never.probes.report().answered).toEqual({ green: 0, blue: 10, unnamed: 0 });
  });

  it('asks blue twice while green has no traffic', async () => {
    const { asked, round } = setUp(() => answered(BLUE));
    await round(0);
    expect(asked).toHaveLength(2);
  });

  it('follows the traffic with its limit, as CloudWatch tells it', async () => {
    const busy = async (): Promise<readonly FleetMinute[]> =>
      await Promise.resolve([{ at: 0, invocations: 60 * 60, errors: 0, p50Milliseconds: 10, p99Milliseconds: 10 }]);
    const { asked, round } = setUp(() => answered(BLUE), {}, busy);
    await round(0.25);
    const before = asked.length;
    await round(0.25);
    // 120 requests a second over both fleets: 5 % of them in 10 s are more than the most.
    expect(asked.length - before).toBe(40);
  });

  it('asks no case that expects a refusal, and waits no longer than to the next round', async () => {
    const { asked, round } = setUp(() => answered(BLUE));
    for (let count = 0; count < 5; count += 1) await round(0.5);
    expect(asked.some(({ body }) => Buffer.from(body).toString() === '{"features":[1.2]}')).toBe(false);
    expect(asked.every(({ timeoutMilliseconds }) => timeoutMilliseconds === 10_000)).toBe(true);
  });

  it('gives the case and the problem at the first wrong answer of green', async () => {
    const { asked, round, probes } = setUp((_, count) => (count < 3 ? answered(BLUE) : answered(GREEN, { value: 9 })));
    expect(await round(0.5)).toMatch(/^probe of green, case "(one row)": prediction\[0\] is 9, expected 4.8/);
    expect(asked.length).toBeLessThan(10);
    expect(probes.report().failed.green).toBeGreaterThan(0);
  });

  it.each([
    ['blue answers wrongly', () => answered(BLUE, { value: 9 })],
    ['an answer names no release', () => answered(undefined, { value: 9 })],
    ['an answer names a third release', () => answered('cccccccccccc', { value: 9 })],
    ['a question is refused without a name', () => answered(undefined, { status: 422 })],
    ['the endpoint fails', () => ({ kind: 'failed', message: 'no answer', latencyMilliseconds: 10_000 }) as const],
    [
      'a question does not get there',
      () => ({ kind: 'not-asked', message: 'denied', latencyMilliseconds: 1 }) as const,
    ],
  ])('finds nothing against green where %s', async (_, result) => {
    const { round, probes } = setUp(result);
    for (let count = 0; count < 10; count += 1) expect(await round(0.5)).toBeNull();
    expect(probes.report().comparison.verdict).toBe('inconclusive');
  });

  it('says what is inconclusive only where that is to be aborted', async () => {
    const denied = (): InvocationResult => ({ kind: 'not-asked', message: 'denied', latencyMilliseconds: 1 });
    const goesOn = setUp(denied);
    await goesOn.round(0.5);
    expect(goesOn.probes.objection()).toBeNull();
    const stops = setUp(denied, { whenInconclusive: 'abort' });
    await stops.round(0.5);
    expect(stops.probes.objection()).toBe(
      'green could not be compared with blue: a question did not reach the endpoint: denied',
    );
  });

  it('gives no objection to abort after enough pairs', async () => {
    const { round, probes } = setUp((_, count) => answered(count % 2 === 0 ? GREEN : BLUE), {
      whenInconclusive: 'abort',
    });
    for (let count = 0; count < 60; count += 1) await round(0.5);
    expect(probes.report().pairs).toBeGreaterThanOrEqual(30);
    expect(probes.objection()).toBeNull();
  });

  it('goes on without CloudWatch, and warns once', async () => {
    const { round, warnings, probes } = setUp(
      () => answered(BLUE),
      {},
      async () => await Promise.reject(new Error('AccessDenied')),
    );
    for (let count = 0; count < 20; count += 1) await round(0.5);
    expect(warnings).toEqual([expect.stringContaining('without CloudWatch')]);
    expect(probes.report().gap).toContain('AccessDenied');
  });

  it('asks nothing where no case expects an answer', async () => {
    const refusals = { ...SMOKE, cases: SMOKE.cases.filter(({ name }) => name.includes('refused')) };
    const probes = createSwapProbes(
      {
        endpointName: 'scoring-production',
        green: { id: GREEN, config: 'green' },
        blue: { id: BLUE, config: 'blue' },
        expected: { file: refusals, releaseId: GREEN, parity: null, judgesLatency: true },
        settings: SETTINGS,
      },
      {
        invoker: { invoke: () => Promise.reject(new Error('was asked')) },
        metrics: { minutes: () => Promise.resolve([]) },
        clock: { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() },
        reporter: { info: () => undefined, debug: () => undefined, error: () => undefined, warning: () => undefined },
        signal: new AbortController().signal,
      },
    );
    expect(await probes.ask(0.5)).toBeNull();
    expect(probes.report().gap).toBe('no smoke case expects an answer');
  });
});
