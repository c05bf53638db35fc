import type { Environment } from '../lib/domain/environment/environment.ts';
import { renderImageEvidence, type ImageEvidence } from '../lib/domain/image/evidence.ts';
import type { ReviewSummary } from '../lib/domain/model-review/summary.ts';
import type { Attempt } from '../lib/domain/ledger/history.ts';
import { compareReleases, renderRows } from '../lib/domain/promotion/proposal.ts';
import type { Release, ReleaseId } from '../lib/domain/release/release.ts';
import { renderPromotionReview } from './review.ts';

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
