import { median } from '../bench.ts';
import type { ExposureRun } from './run.ts';

/** Many runs of one case. */
export interface ExposureStatistics {
  readonly runs: number;
  readonly medianWrong: number;
  readonly worstWrong: number;
  readonly medianAsked: number;
  /** From the first wrong answer to the last, in seconds; null where a run had none. */
  readonly medianSeconds: number | null;
  /** Shares of the runs, 0 to 1. */
  readonly stoppedAlone: number;
  readonly stoppedInFleet: number;
  /** Runs that the probes or the comparison stopped, and no alarm. */
  readonly stoppedByProbes: number;
  readonly medianPairs: number;
}

export function summarise(runs: readonly ExposureRun[]): ExposureStatistics {
  const share = (test: (run: ExposureRun) => boolean): number => runs.filter(test).length / runs.length;
  const wrong = runs.map((run) => run.wrong);
  const spans = runs.flatMap(({ firstWrong, lastWrong }) =>
    firstWrong === null || lastWrong === null ? [] : [(lastWrong - firstWrong) / 1000],
  );
  return {
    runs: runs.length,
    medianWrong: median(wrong),
    worstWrong: Math.max(...wrong),
    medianAsked: median(runs.map(({ asked }) => asked)),
    medianSeconds: spans.length === 0 ? null : median(spans),
    stoppedAlone: share(({ stopped }) => stopped === 'on the runner'),
    stoppedInFleet: share(({ stopped }) => stopped === 'in the fleet'),
    stoppedByProbes: share(({ stopped, cause }) => stopped === 'in the fleet' && !cause.includes('is in ALARM state')),
    medianPairs: median(runs.map(({ pairs }) => pairs)),
  };
}
