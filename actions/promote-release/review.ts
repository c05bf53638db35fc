import { reviewHeadline, reviewParts } from '../lib/domain/model-review/render.ts';
import type { ReviewSummary } from '../lib/domain/model-review/summary.ts';
import { codeSpan } from '../lib/domain/text/markdown.ts';
import { composeDocument, type Limit } from '../lib/domain/text/size-budget.ts';
import type { Release } from '../lib/domain/release/release.ts';
import type { Promotion } from './body.ts';

// A body takes as much as a comment, and the facts of the promotion have to fit too.
const REVIEW_LIMIT: Limit = { unit: 'characters', most: 20_000 };

/**
 * What is proposed answers differently from what serves. A review counts only where it is about both commits, and about both
 * models to the digest: else a line says why there is none.
 */
export function renderPromotionReview({
  target,
  before,
  release,
  review,
  repositoryUrl,
}: Omit<Promotion, 'seen' | 'dropped' | 'now'>): string {
  if (before === undefined) return `**Not reviewed:** nothing serves in ${target.name} yet.`;
  const [now, then] = [modelDigestOf(before), modelDigestOf(release)];
  if (before.spec.image === release.spec.image && now === then) {
    return '**No answer differs:** image and model are those that serve, to the digest.';
  }
  const missing = whyNot(before, release, review);
  if (review === undefined || missing !== undefined) {
    return `**Not reviewed** against what serves in ${target.name}: ${missing ?? ''}.`;
  }
  const { run } = review;
  const models = now === then ? 'The model is the same to the digest; its server or dependencies changed. ' : '';
  const text = composeDocument(
    reviewParts(review, [], `### What it answers differently from what serves in ${target.name}\n`),
    (hidden) => (hidden === 0 ? '\n' : `\n${String(hidden)} items are not shown here.\n`),
    REVIEW_LIMIT,
  );
  return `${text}\n${models}Both models were asked in [this run](${repositoryUrl}/actions/runs/${String(run.id)}/attempts/${String(run.attempt)}).`;
}

function modelDigestOf({ spec, source }: Release): string | undefined {
  return spec.model?.digest ?? source.modelDigest;
}

function whyNot(before: Release, release: Release, review: ReviewSummary | undefined): string | undefined {
  if (review === undefined) return 'the run made no review';
  if (review.headSha !== release.source.commit || review.baseSha !== before.source.commit) {
    return 'the review of this run is about other commits; what serves, or is promoted, has changed since';
  }
  const { result } = review;
  if (result.kind !== 'compared') {
    const why = WITHOUT_MODEL.has(result.kind === 'failed' ? '' : result.why)
      ? 'the model is not in Git at one of the two commits'
      : reviewHeadline(review);
    return result.detail === '' ? why : `${why} (${codeSpan(result.detail)})`;
  }
  const { base, head } = result.review;
  return whyAnother('serves', before, base.digest) ?? whyAnother('is promoted', release, head.digest);
}

const WITHOUT_MODEL: ReadonlySet<string> = new Set(['new-service', 'no-model']);

/** Why Git's model of a release's commit is not the one that the release names; undefined where it is. */
function whyAnother(what: string, release: Release, found: string): string | undefined {
  const digest = modelDigestOf(release);
  if (digest === found) return undefined;
  if (digest === undefined) return `release.json does not record the digest of the model that ${what}`;
  return `the model that ${what} is ${codeSpan(digest)}, and Git has ${codeSpan(found)} at its commit`;
}
