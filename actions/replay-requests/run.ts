import type { Environment } from '../lib/domain/environment/environment.ts';
import type { ReplaySettings } from '../lib/domain/environment/replay.ts';
import { UserError } from '../lib/domain/errors/user-error.ts';
import type { ReviewResult } from '../lib/domain/model-review/summary.ts';
import { isMasked, type ReplaySummary } from '../lib/domain/replay/summary.ts';
import type { CapturedRequest } from '../lib/domain/replay/captured-requests.ts';
import { readCapturedRequests } from '../lib/operations/read-captured-requests.ts';
import type { CapturedRequests } from '../lib/ports/captured-requests.ts';
import type { Clock } from '../lib/ports/clock.ts';
import type { IsolatedReview } from '../lib/ports/isolated-review.ts';
import type { ReviewSource } from '../lib/ports/review-source.ts';
import type { ReplayRequestsInputs } from './inputs.ts';

/** The ports of the use case. */
export interface ReplayRequestsPorts {
  readonly environment: () => Promise<Environment>;
  /** What the endpoint of the environment captured. */
  readonly capturedOf: (environment: Environment) => CapturedRequests;
  readonly candidate: (service: string) => ReviewSource;
  readonly live: (service: string) => ReviewSource;
  readonly review: IsolatedReview;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * Reads a sample of what callers asked, and has both models asked it where they can reach nothing. Models that can't be
 * compared are a result too.
 *
 * @throws UserError when the environment has no replay, its captured requests can't be read, or there is no isolation.
 */
export async function runReplayRequests(
  inputs: ReplayRequestsInputs,
  run: ReplaySummary['review']['run'],
  ports: ReplayRequestsPorts,
): Promise<ReplaySummary> {
  const environment = await ports.environment();
  const { service, replay } = environment;
  if (replay === undefined || replay === null) throw noReplay(environment);
  const captured = ports.capturedOf(environment);
  const { requests, sample } = await readCapturedRequests(captured, environment, replay, ports.clock.now());
  const result = await compare(requests, { inputs, service, replay }, ports);
  return {
    ...{ format: 1, environment: environment.name, release: inputs.release, live: inputs.live },
    ...{ hours: replay.hours, sample },
    review: { format: 1, service, headSha: inputs['candidate-commit'], baseSha: inputs['live-commit'], run, result },
  };
}

interface Comparison {
  readonly inputs: ReplayRequestsInputs;
  readonly service: string;
  readonly replay: ReplaySettings;
}

async function compare(
  requests: readonly CapturedRequest[],
  { inputs, service, replay }: Comparison,
  { candidate, live, review }: Pick<ReplayRequestsPorts, 'candidate' | 'live' | 'review'>,
): Promise<ReviewResult> {
  const notCompared = (why: Extract<ReviewResult, { kind: 'not-compared' }>['why']): ReviewResult => ({
    ...{ kind: 'not-compared', why, detail: '' },
  });
  const [head, base] = [candidate(service), live(service)];
  if (requests.length === 0) return notCompared('no-captured-requests');
  if (!(await head.hasModel())) return notCompared('no-model');
  if (!(await base.hasModel()) || !(await base.isBuilt())) return notCompared('base-not-built');
  const models = { base: await base.readModel('the model that serves'), head: await head.readModel('the candidate') };
  const digests = { base: inputs['live-digest'], head: inputs['candidate-digest'] };
  for (const side of ['base', 'head'] as const) {
    const [{ what, digest }, released] = [models[side], digests[side]];
    if (released === undefined || released === digest) continue;
    return { kind: 'failed', detail: `${what} is not in Git at its commit: released as ${released}, found ${digest}` };
  }
  const { limits } = await head.readQuestions();
  const visibleLabels = new Set(replay.visibleLabels);
  const result = await review({ service, ...models, rows: requests, limits, visibleLabels });
  if (result.kind !== 'compared' || isMasked(result.review, visibleLabels)) return result;
  return { kind: 'failed', detail: 'the review held more of the captured requests than it may show' };
}

function noReplay({ name }: Environment): UserError {
  return new UserError({
    what: `${name} has no replay`,
    where: `environments/${name}/environment.json at replay`,
    expected: 'how many captured requests are asked, and of how many hours',
    found: 'null, or nothing',
    remedy: 'Turn it on as docs/model-review.md describes it.',
  });
}
