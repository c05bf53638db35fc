import { isCompared, recordedFor, type Baseline } from '../smoke/baseline.ts';
import type { AttemptTask } from '../ledger/fact.ts';
import { modelToLoad } from '../release/model-artifact.ts';
import type { Release, ReleaseId } from '../release/release.ts';
import { isSuccessCase, type SmokeFile } from '../smoke/cases.ts';
import type { SmokeExpectation } from '../smoke/check.ts';

/** How far the answers of one release may differ from one instance to another: float32 sums in another order. */
const SAME_RELEASE = { absolute: 1e-6, relative: 1e-4 } as const;

/** Statuses of a container that answered at all. */
const ANY_ANSWER = Array.from({ length: 300 }, (_, index) => 200 + index);

/** What the release that should serve has to show. */
export function greenExpectation(
  task: AttemptTask,
  file: SmokeFile,
  release: Pick<Release, 'id' | 'spec'>,
  baseline: Baseline,
  asksParity: boolean,
): SmokeExpectation {
  const identity = { file, releaseId: release.id, modelDigest: modelToLoad(release) };
  // A person who rolls back wants another model than the one that serves: parity with it proves nothing.
  return task === 'rollback'
    ? { ...identity, parity: null, judgesLatency: false }
    : { ...identity, parity: { baseline, tolerance: file.parity, isRequired: asksParity }, judgesLatency: true };
}

/** That the release before answers as it did: its own id and its own answers, whatever the cases now expect of green. */
export function blueExpectation(file: SmokeFile, releaseId: ReleaseId | null, baseline: Baseline): SmokeExpectation {
  const recorded = file.cases.filter((smoke) => isCompared(smoke) && recordedFor(baseline, smoke)?.kind === 'answered');
  const cases = (recorded.length > 0 ? recorded : file.cases.filter(isSuccessCase)).map((smoke) => ({
    ...smoke,
    expect: { status: recorded.length > 0 ? [200] : ANY_ANSWER },
  }));
  return {
    file: { ...file, cases, warmUpRequests: 0, minimumRequests: cases.length },
    releaseId,
    parity: recorded.length > 0 ? { baseline, tolerance: SAME_RELEASE, isRequired: true } : null,
    judgesLatency: false,
  };
}
