import type { ProbeSettings } from '../domain/environment/probes.ts';
import { describeError } from '../domain/errors/user-error.ts';
import { compareFleets, type Comparison } from '../domain/probe/comparison.ts';
import { requestRate, type FleetMinutes } from '../domain/probe/fleet-minutes.ts';
import { createPairing } from '../domain/probe/pairing.ts';
import type { Answerer, ProbeReport, TickSample } from '../domain/probe/report.ts';
import { casesOfTick, LANES, mostCalls, probedCases } from '../domain/probe/tick.ts';
import type { ReleaseId } from '../domain/release/release.ts';
import type { SmokeCase } from '../domain/smoke/cases.ts';
import { parityProblemOf, percentile, problemOf, type Probe, type SmokeExpectation } from '../domain/smoke/check.ts';
import type { Clock } from '../ports/clock.ts';
import type { FleetMetrics } from '../ports/fleet-metrics.ts';
import type { Invoker } from '../ports/invoker.ts';
import type { Reporter } from '../ports/reporter.ts';
import { ask, inParallel } from './smoke-test.ts';

export interface ProbePorts {
  readonly invoker: Invoker;
  readonly metrics: FleetMetrics;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** What is probed while an endpoint moves from blue to green. */
export interface ProbeSubject {
  readonly endpointName: string;
  readonly green: { readonly id: ReleaseId; readonly config: string };
  readonly blue: { readonly id: ReleaseId | null; readonly config: string };
  readonly expected: SmokeExpectation;
  readonly settings: ProbeSettings;
}

/** Questions beside a swap. */
export interface SwapProbes {
  /** When the next round is due, by the monotonic clock. */
  readonly dueAt: () => number;
  /**
   * Asks one round, and gives what speaks against green for good, or null.
   *
   * @param greenShare - Green's share of the traffic, 0 to 1, as far as the endpoint tells.
   * @throws the signal's reason when it is aborted.
   */
  readonly ask: (greenShare: number) => Promise<string | null>;
  /** Why green may not stay although nothing was found, or null. */
  readonly objection: () => string | null;
  readonly report: () => ProbeReport;
}

/** Answers by whom they came from, while they are counted. */
interface Tally {
  readonly answered: Record<Answerer, number>;
  readonly failed: Record<Answerer, number>;
}

/** Calls of a round while nothing says that green has traffic. */
const CALLS_BEFORE_GREEN = 2;
/** Before the swap: minutes of blue alone, for strategies that never have both fleets at once. */
const HISTORY_MILLISECONDS = 60 * 60_000;
/** CloudWatch has a minute complete by then. */
const METRIC_DELAY_MILLISECONDS = 60_000;
const METRIC_INTERVAL_MILLISECONDS = 60_000;

/** Probes for one swap. */
export function createSwapProbes(subject: ProbeSubject, ports: ProbePorts): SwapProbes {
  const { endpointName, green, blue, expected, settings } = subject;
  const { clock, signal } = ports;
  const cases = probedCases(expected.file.cases);
  const pairing = createPairing();
  const latencies: Record<'green' | 'blue', number[]> = { green: [], blue: [] };
  const totals = { asked: 0, notAsked: 0, answered: counts(), failed: counts() };
  const ticks: TickSample[] = [];
  const metrics = createMetricsReader(subject, ports);
  let due = clock.monotonic() + settings.intervalSeconds * 1000;
  let shareBefore = 0;
  let gap: string | null = cases.length === 0 ? 'no smoke case expects an answer' : null;

  const answererOf = (probe: Probe): Answerer => {
    if (probe.kind !== 'answered' || probe.releaseId === undefined) return 'unnamed';
    return probe.releaseId === green.id ? 'green' : probe.releaseId === blue.id ? 'blue' : 'unnamed';
  };
  const compare = (): Comparison =>
    compareFleets(
      {
        logRatios: pairing.logRatios,
        minutes: metrics.minutes(),
        blueP50Milliseconds: percentile(
          [...latencies.blue].sort((a, b) => a - b),
          0.5,
        ),
        look: metrics.looks(),
      },
      settings,
    );

  /** Counts an answer; gives what is wrong with it where it is green's. */
  const take = (smoke: SmokeCase, probe: Probe, sample: Tally): string | null => {
    if (probe.kind === 'not-asked') {
      totals.notAsked += 1;
      gap = `a question did not reach the endpoint: ${probe.message}`;
      return null;
    }
    const by = answererOf(probe);
    for (const tally of [totals, sample]) tally.answered[by] += 1;
    const problem =
      by === 'green' ? (problemOf(smoke, probe, expected) ?? parityProblemOf(smoke, probe, expected)) : null;
    if (problem !== null || (by === 'unnamed' && probe.kind === 'failed')) {
      for (const tally of [totals, sample]) tally.failed[by] += 1;
    }
    if (by !== 'unnamed' && probe.kind === 'answered') {
      latencies[by].push(probe.latencyMilliseconds);
      pairing.add(by, smoke.name, probe.latencyMilliseconds);
    }
    return problem === null ? null : `probe of green, case "${smoke.name}": ${problem}`;
  };

  const askCases = async (greenShare: number): Promise<string | null> => {
    const open = [...casesOfTick(cases, ticks.length)];
    const sample = { at: clock.now(), answered: counts(), failed: counts() };
    ticks.push(sample);
    const most = mostCalls(settings.intervalSeconds, metrics.requestsPerSecond());
    let [asked, next] = [0, 0];
    let bad: string | null = null;
    const hasTraffic = (): boolean => greenShare > 0 || totals.answered.green > 0;
    await inParallel(LANES, async () => {
      while (bad === null && open.length > 0 && asked < (hasTraffic() ? most : CALLS_BEFORE_GREEN)) {
        if (signal.aborted) return;
        const smoke = open[next++ % open.length];
        if (smoke === undefined) return;
        asked += 1;
        totals.asked += 1;
        const probe = await ask(endpointName, smoke, ports.invoker, signal, settings.intervalSeconds * 1000);
        bad ??= take(smoke, probe, sample);
        const index = answererOf(probe) === 'green' ? open.indexOf(smoke) : -1;
        if (index !== -1) open.splice(index, 1);
      }
    });
    signal.throwIfAborted();
    return bad;
  };

  return {
    dueAt: () => due,
    ask: async (greenShare) => {
      due = clock.monotonic() + settings.intervalSeconds * 1000;
      if (greenShare > shareBefore) pairing.warm();
      shareBefore = greenShare;
      if (cases.length === 0) return null;
      const bad = await askCases(greenShare);
      if (bad !== null) return bad;
      await metrics.refresh();
      const { verdict, reason } = compare();
      return verdict === 'failed' ? reason : null;
    },
    objection: () => {
      const { verdict, reason } = compare();
      if (settings.whenInconclusive === 'continue' || verdict !== 'inconclusive') return null;
      return `green could not be compared with blue: ${gap ?? reason}`;
    },
    report: () => ({
      ...totals,
      p50Milliseconds: percentilesOf(latencies, 0.5),
      p99Milliseconds: percentilesOf(latencies, 0.99),
      pairs: pairing.logRatios.length,
      comparison: compare(),
      gap: gap ?? metrics.gap(),
      ticks,
    }),
  };
}

/** CloudWatch's minutes of both fleets, read once a minute; what can't be read is left out of the comparison. */
function createMetricsReader({ endpointName, green, blue }: ProbeSubject, { metrics, clock, reporter }: ProbePorts) {
  const from = clock.now() - HISTORY_MILLISECONDS;
  let minutes: FleetMinutes | null = null;
  let readAt = -Infinity;
  let looks = 0;
  let gap: string | null = null;
  return {
    minutes: () => minutes,
    looks: () => looks,
    gap: () => gap,
    requestsPerSecond: () => (minutes === null ? null : requestRate(minutes)),
    refresh: async (): Promise<void> => {
      if (clock.monotonic() - readAt < METRIC_INTERVAL_MILLISECONDS) return;
      readAt = clock.monotonic();
      const to = clock.now() - METRIC_DELAY_MILLISECONDS;
      try {
        const [ofGreen, ofBlue] = await Promise.all(
          [green.config, blue.config].map(async (config) => await metrics.minutes(endpointName, config, from, to)),
        );
        minutes = { green: ofGreen ?? [], blue: ofBlue ?? [] };
        looks += 1;
      } catch (error) {
        if (gap === null) reporter.warning(`green is compared with blue without CloudWatch: ${describeError(error)}`);
        gap = `CloudWatch could not be read: ${describeError(error)}`;
      }
    },
  };
}

function counts(): Record<Answerer, number> {
  return { green: 0, blue: 0, unnamed: 0 };
}

function percentilesOf(
  latencies: Readonly<Record<'green' | 'blue', readonly number[]>>,
  share: number,
): Record<'green' | 'blue', number | null> {
  const of = (values: readonly number[]): number | null =>
    percentile(
      [...values].sort((a, b) => a - b),
      share,
    );
  return { green: of(latencies.green), blue: of(latencies.blue) };
}
