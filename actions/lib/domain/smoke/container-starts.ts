import { canonicalJson } from '../json/canonical.ts';
import type { ReleaseSpec } from '../release/release.ts';
import type { SmokeCase } from './cases.ts';

/** Cases, and the file that they are in. */
export interface CaseList {
  readonly file: string;
  readonly cases: readonly SmokeCase[];
}

type Runs = Pick<ReleaseSpec, 'environment' | 'startupTimeoutSeconds'>;

/** An environment of a service, with its smoke cases. */
export interface AskedEnvironment {
  readonly name: string;
  readonly smoke: CaseList;
  /** How containers run there; undefined before its first release. */
  readonly runs: Runs | undefined;
}

/** A start of a container, and what it must answer then. */
export interface ContainerStart extends Runs {
  readonly lists: readonly CaseList[];
}

/** How a container runs before anything says otherwise. */
export const FIRST_RUNS: Runs = { environment: {}, startupTimeoutSeconds: 300 };

/**
 * The starts that an image needs: one for each container environment, which is asked the golden cases of its model and the
 * smoke cases of the environments that have it. An environment without a release runs as the one before it.
 *
 * @param environments of one service, in promotion order; at least one
 */
export function planContainerStarts(
  golden: readonly CaseList[],
  environments: readonly AskedEnvironment[],
): readonly ContainerStart[] {
  const starts = new Map<string, ContainerStart>();
  let runs = FIRST_RUNS;
  for (const { smoke, runs: own } of environments) {
    runs = own ?? runs;
    const key = canonicalJson(runs.environment);
    const before = starts.get(key) ?? { ...runs, lists: golden };
    starts.set(key, {
      environment: runs.environment,
      startupTimeoutSeconds: Math.min(before.startupTimeoutSeconds, runs.startupTimeoutSeconds),
      lists: [...before.lists, smoke],
    });
  }
  return [...starts.values()];
}
