import { listEnvironments, readEnvironmentFolder } from '../../actions/lib/adapters/checkout/environment-folder.ts';
import { readSmokeFile } from '../../actions/lib/adapters/checkout/smoke-cases-file.ts';
import type { Environment } from '../../actions/lib/domain/environment/environment.ts';
import type { SmokeFile } from '../../actions/lib/domain/smoke/cases.ts';
import { ROOT } from '../build.ts';
import { renderTable } from '../text-table.ts';
import type { BenchContext, BenchFamily, Claim } from './bench.ts';
import { atLeast, atMost } from './claims.ts';
import { FAULTS, FLEET_ONLY, TOLD_ALONE, type FaultId } from './exposure/faults.ts';
import { LATENCY } from './exposure/model.ts';
import { INSTANCES, playExposure, type ExposureRun } from './exposure/run.ts';
import { summarise, type ExposureStatistics } from './exposure/statistics.ts';
import { strategiesOf } from './exposure/strategies.ts';

const family: BenchFamily = {
  summary: 'wrong answers that reach callers while a release is rolled out, on a virtual clock',
  run,
};
export default family;

const DEFAULT_RUNS = 20;
const SHORT_RUNS = 2;
/** Strategies that no environment ships are there to compare with, and claim nothing. */
const MOST_RUNS_BESIDE = 100;
const REQUESTS_PER_SECOND = 1;
/** Pairs from which on latency is judged. */
const LEAST_PAIRS = 30;

/** An environment with one strategy, and the runs of each fault. */
interface Played {
  readonly environment: Environment;
  readonly isShipped: boolean;
  readonly runs: ReadonlyMap<FaultId, readonly ExposureRun[]>;
}

async function run(context: BenchContext): Promise<readonly Claim[]> {
  const runs = context.runs ?? (context.short ? SHORT_RUNS : DEFAULT_RUNS);
  const { model, network } = LATENCY;
  const runsBeside = Math.min(runs, MOST_RUNS_BESIDE);
  context.report(
    `${runs} runs of each fault with a strategy as shipped, ${runsBeside} with another, seeds from ${context.seed} on; ${INSTANCES} instances, ${REQUESTS_PER_SECOND} caller a second; latencies are log-normal: model ${model.median} ms (σ ${model.spread}), network of the probes ${network.median} ms (σ ${network.spread})`,
  );
  const played: Played[] = [];
  for (const name of await listEnvironments(ROOT)) {
    const { environment } = await readEnvironmentFolder(ROOT, name);
    const smoke = await readSmokeFile(ROOT, environment);
    for (const swap of strategiesOf(environment)) {
      const variant = { ...environment, swap };
      const one = {
        environment: variant,
        isShipped: swap === environment.swap,
        runs: new Map<FaultId, ExposureRun[]>(),
      };
      const count = one.isShipped ? runs : runsBeside;
      for (const fault of faultIds()) one.runs.set(fault, await play(variant, smoke, fault, count, context.seed));
      played.push(one);
      report(one, context);
    }
  }
  if (played.length === 0) throw new Error('there are no environments to play');
  return claimsOf(played.filter(({ isShipped }) => isShipped));
}

function faultIds(): readonly FaultId[] {
  return Object.keys(FAULTS) as FaultId[];
}

async function play(
  environment: Environment,
  smoke: SmokeFile,
  id: FaultId,
  runs: number,
  seed: number,
): Promise<ExposureRun[]> {
  const results: ExposureRun[] = [];
  const subject = { environment, smoke, fault: FAULTS[id], requestsPerSecond: REQUESTS_PER_SECOND };
  for (let index = 0; index < runs; index += 1) results.push(await playExposure(subject, seed + index));
  return results;
}

function report({ environment, isShipped, runs }: Played, context: BenchContext): void {
  context.report(`\n${environment.name}, ${environment.swap.strategy}${isShipped ? ' (as shipped)' : ''}`);
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  const rows = [...runs].map(([id, results]) => {
    const figures = summarise(results);
    const whole = wholeRollout(runs);
    return [
      FAULTS[id].name,
      String(figures.medianWrong),
      String(figures.worstWrong),
      figures.stoppedAlone === 1 ? '–' : String(whole),
      figures.medianSeconds === null ? '–' : figures.medianSeconds.toFixed(0),
      percent(figures.stoppedAlone),
      percent(figures.stoppedInFleet),
      String(figures.medianPairs),
    ];
  });
  const header = ['fault', 'wrong', 'worst', 'of', 'seconds', 'stopped alone', 'in the fleet', 'pairs'];
  context.report(renderTable(header, rows));
}

/** Requests of a rollout that nothing stops: the median without a fault. */
function wholeRollout(runs: Played['runs']): number {
  return summarise(runs.get('none') ?? []).medianAsked;
}

function claimsOf(shipped: readonly Played[]): readonly Claim[] {
  const statistics = ({ runs }: Played, id: FaultId): ExposureStatistics => summarise(runs.get(id) ?? []);
  const latest = shipped.reduce<Played | undefined>(
    (last, one) =>
      last !== undefined && last.environment.promotionOrder > one.environment.promotionOrder ? last : one,
    undefined,
  );
  const told = shipped.flatMap((one) => TOLD_ALONE.map((id) => statistics(one, id).worstWrong));
  const inFleet = latest === undefined ? [] : FLEET_ONLY.map((id) => statistics(latest, id));
  const found = shipped.flatMap(({ runs }) => (runs.get('slower2') ?? []).filter(({ pairs }) => pairs >= LEAST_PAIRS));
  const same = shipped.map((one) => statistics(one, 'none'));
  const name = latest?.environment.name ?? 'no environment';
  return [
    atMost('exposure: wrong answers of what the smoke cases can tell', Math.max(...told), 0, ''),
    atMost(
      `exposure: wrong only in the fleet, median in ${name}`,
      Math.max(...inFleet.map((one) => one.medianWrong)),
      15,
      '',
    ),
    atMost(
      `exposure: wrong only in the fleet, worst run in ${name}`,
      Math.max(...inFleet.map((one) => one.worstWrong)),
      60,
      '',
    ),
    atLeast(
      'exposure: slower by 2, found in runs with enough pairs',
      found.length === 0 ? undefined : (100 * found.filter(({ stopped }) => stopped !== null).length) / found.length,
      95,
      '%',
    ),
    atMost('exposure: the same model again, aborted', 100 * Math.max(...same.map((one) => one.stoppedInFleet)), 1, '%'),
    atMost(
      'exposure: the same model again, aborted by probes',
      100 * Math.max(...same.map((one) => one.stoppedByProbes)),
      0,
      '%',
    ),
  ];
}
