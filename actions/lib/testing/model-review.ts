import { NO_LIMITS } from '../domain/model-review/limits.ts';
import { reviewModels } from '../domain/model-review/review.ts';
import { rowResult, type RowAnswer } from '../domain/model-review/row-difference.ts';
import type { ReviewSummary } from '../domain/model-review/summary.ts';

/** What a review is about. */
export interface ReviewedPair {
  readonly service: string;
  readonly base: { readonly sha: string; readonly digest: string };
  readonly head: { readonly sha: string; readonly digest: string };
}

/** A review of two models by 40 rows, 3 of which change their label. */
export function reviewOf({ service, base, head }: ReviewedPair): ReviewSummary {
  const described = { inputs: [], outputs: [], properties: {} };
  const answered = (label: string, score: number): RowAnswer => ({
    ...{ kind: 'answered', status: 200, latencyMilliseconds: 1, contentType: 'application/json' },
    body: Buffer.from(JSON.stringify({ label, scores: [score] })),
  });
  const results = Array.from({ length: 40 }, (_, index) =>
    rowResult(
      { name: `row ${String(index)}`, origin: 'review file', contentType: 'application/json', body: Buffer.from('') },
      { base: answered('setosa', 0.5), head: answered(index < 3 ? 'virginica' : 'setosa', 0.5 + index / 1000) },
      { base: described, head: described },
    ),
  );
  const models = {
    base: { digest: base.digest, bytes: 2_100_000, described },
    head: { digest: head.digest, bytes: 3_400_000, described },
  };
  const review = reviewModels(service, models, { results, notAskedCount: 0 }, NO_LIMITS);
  return {
    ...{ format: 1, service, headSha: head.sha, baseSha: base.sha, run: { id: 7, attempt: 2 } },
    result: { kind: 'compared', review },
  };
}
