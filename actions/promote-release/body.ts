import { reviewHeadline, reviewParts } from '../lib/domain/model-review/render.ts';
import { codeSpan } from '../lib/domain/text/markdown.ts';
import { composeDocument, type Limit } from '../lib/domain/text/size-budget.ts';
import type { Environment } from '../lib/domain/environment/environment.ts';
import { renderImageEvidence, type ImageEvidence } from '../lib/domain/image/evidence.ts';
import type { ReviewSummary } from '../lib/domain/model-review/summary.ts';
import type { Attempt } from '../lib/domain/ledger/history.ts';
import { compareReleases, renderRows } from '../lib/domain/promotion/proposal.ts';
import { releasedModelDigest } from '../lib/domain/release/model-artifact.ts';
import type { Release, ReleaseId } from '../lib/domain/release/release.ts';

/** Where an artifact was seen to work. */
export interface Verification {
  readonly environment: string;
  readonly release: Release;
  /** The attempt that verified it there. */
  readonly attempt: Attempt;
}

/** What a promotion's pull request is about. */
export interface Promotion {
  readonly target: Environment;
  readonly before: Release | undefined;
  readonly release: Release;
  /** What speaks for it: an environment, or for a new image its test. */
  readonly seen: Verification | ImageEvidence;
  /** What the run found that it answers differently from what serves; undefined where it found nothing out. */
  readonly review: ReviewSummary | undefined;
  readonly dropped: readonly ReleaseId[];
  readonly repositoryUrl: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/** The title and body of a promotion's pull request: what changes, what speaks for it, what merging does. */
export function renderPromotion(promotion: Promotion): { readonly title: string; readonly body: string } {
  const { target, before, release, seen, dropped, repositoryUrl } = promotion;
  const seconds = 'terminationWaitSeconds' in target.swap ? target.swap.terminationWaitSeconds : undefined;
  return {
    title: `Promote ${release.source.commit.slice(0, 12)} to ${target.name}`,
    body: [
      renderRows(compareReleases(before, release, repositoryUrl)),
      '',
      'attempt' in seen
        ? renderVerification(seen, promotion.now)
        : `A new image: no environment has verified it yet. ${renderImageEvidence(seen)}`,
      '',
      renderPromotionReview(promotion),
      '',
      `**Merging** applies the plan and swaps \`${target.service}-${target.name}\` by ${target.swap.strategy}${seconds === undefined ? '' : ` (bake time ${seconds} s)`}; a failed smoke test puts it back by itself.`,
      ...(dropped.length === 0
        ? []
        : [
            '',
            `Drops the oldest releases, as the environment retains ${target.retainReleases}: ${dropped.map((id) => `\`${id}\``).join(', ')}.`,
          ]),
    ].join('\n'),
  };
}

function renderVerification({ environment, release, attempt }: Verification, now: number): string {
  const { at: since, ended, runUrl } = attempt;
  const seen = ended?.evidence ?? null;
  const facts = [
    `verified on ${since.slice(0, 16).replace('T', ' ')} UTC, ${renderDuration(now - Date.parse(since))} ago`,
    ...(seen === null
      ? []
      : [
          `${seen.requests} requests`,
          ...(seen.p50Milliseconds === null ? [] : [`p50 ${seen.p50Milliseconds.toFixed(0)} ms`]),
          ...(seen.p99Milliseconds === null ? [] : [`p99 ${seen.p99Milliseconds.toFixed(0)} ms`]),
          ...(seen.parity === null ? [] : [`parity: ${seen.parity}`]),
          ...(seen.comparison === undefined ? [] : [`beside the release before: ${seen.comparison}`]),
        ]),
    `[the run](${runUrl})`,
  ];
  return `**${environment}** has verified this artifact as release \`${release.id}\`: ${facts.join(', ')}.`;
}

/** A duration in words: its largest unit. */
function renderDuration(milliseconds: number): string {
  const minutes = Math.max(0, Math.round(milliseconds / 60_000));
  if (minutes < 60) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}

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
  const [now, then] = [releasedModelDigest(before), releasedModelDigest(release)];
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
  const digest = releasedModelDigest(release);
  if (digest === found) return undefined;
  if (digest === undefined) return `release.json does not record the digest of the model that ${what}`;
  return `the model that ${what} is ${codeSpan(digest)}, and Git has ${codeSpan(found)} at its commit`;
}
