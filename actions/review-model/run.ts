import { failedReview } from '../lib/domain/model-review/review.ts';
import { madeUpRows } from '../lib/domain/model-review/rows.ts';
import type { ReviewResult, ReviewSummary } from '../lib/domain/model-review/summary.ts';
import { reviewModel } from '../lib/operations/review-model.ts';
import type { Clock } from '../lib/ports/clock.ts';
import type { ModelServers } from '../lib/ports/model-servers.ts';
import type { ReviewSource } from '../lib/ports/review-source.ts';
import type { ReviewModelInputs } from './inputs.ts';

/** The ports of the use case. */
export interface ReviewModelPorts {
  readonly base: ReviewSource;
  readonly head: ReviewSource;
  readonly servers: ModelServers;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** Reviews the model of a service against the one before it; a candidate that can't be reviewed is a result too. */
export async function runReviewModel(
  inputs: Pick<ReviewModelInputs, 'service' | 'head-sha' | 'base-sha'>,
  run: ReviewSummary['run'],
  ports: ReviewModelPorts,
): Promise<ReviewSummary> {
  const { service, 'head-sha': headSha, 'base-sha': baseSha } = inputs;
  const result = await review(service, ports).catch(failedReview);
  return { format: 1, service, headSha, baseSha, run, result };
}

async function review(service: string, { base, head, servers, clock }: ReviewModelPorts): Promise<ReviewResult> {
  for (const [side, what] of [
    [head, 'the candidate'],
    [base, 'the model before'],
  ] as const) {
    if (!(await side.isCheckedOut())) return { kind: 'not-compared', why: 'commit-missing', detail: `that of ${what}` };
  }
  if (!(await head.hasModel())) return { kind: 'not-compared', why: 'no-model', detail: '' };
  if (!(await base.hasModel())) return { kind: 'not-compared', why: 'new-service', detail: '' };
  if (!(await base.isBuilt())) return { kind: 'not-compared', why: 'base-not-built', detail: '' };
  const { rows, signature, limits } = await head.readQuestions();
  return await reviewModel(servers, clock, {
    service,
    base: await base.readModel('the model before'),
    head: await head.readModel('the candidate'),
    rows: (described) => [...rows, ...madeUpRows(signature, described)],
    limits,
  });
}
