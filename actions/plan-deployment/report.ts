import { UserError } from '../lib/domain/errors/user-error.ts';
import { meaningArtifact } from '../lib/domain/plan/meaning.ts';
import { renderSummary } from '../lib/domain/plan/plan-report.ts';
import { isAsReviewed, type UnappliedCommit } from '../lib/domain/plan/review.ts';
import { renderUnshown, unshownSection } from '../lib/domain/plan/unshown-changes.ts';
import { codeSpan, logLines } from '../lib/domain/text/markdown.ts';
import { firstLines, shorten } from '../lib/domain/text/shorten.ts';
import type { DocumentPart } from '../lib/domain/text/size-budget.ts';
import type { DeploymentPlan } from './run.ts';

type Planned = Extract<DeploymentPlan, { kind: 'planned' }>;

// What counts most of the summary, after the warnings that must be accepted.
const RANK = 2;
const MOST_REASONS = 10;
const LONGEST_REASON_CHARACTERS = 300;

/** The outputs of the action but for the folder. */
export function renderOutputs(plan: DeploymentPlan): Readonly<Record<string, string>> {
  if (plan.kind !== 'planned') return { decision: plan.kind, digest: '', title: '', waits: 'false' };
  return {
    decision: plan.decision.kind,
    digest: plan.digest,
    title: titleOf(plan),
    waits: String(plan.waits),
  };
}

/** What a person reads who is asked to approve: a waiting job shows nothing but its name. */
function titleOf({ meaning, digest, serving, review }: Planned): string {
  const count = meaning.changes.length;
  const live =
    meaning.live === serving
      ? `${serving ?? 'nothing'} serves`
      : `${serving ?? 'nothing'} → ${meaning.live ?? 'nothing'}`;
  const parts = [
    `${String(count)} ${count === 1 ? 'change' : 'changes'}`,
    live,
    reviewWord(review),
    digest.slice(0, 12),
  ];
  return parts.join(', ');
}

function reviewWord(review: Planned['review']): string {
  return isAsReviewed(review) ? 'as reviewed' : 'differs from what was reviewed';
}

/** The job summary. */
export function renderDeploymentSummary(
  environment: string,
  plan: DeploymentPlan,
  run: { readonly repositoryUrl: string },
): string {
  if (plan.kind === 'overtaken') {
    return `## Deploy: ${codeSpan(environment)}\n\n**Overtaken**: ${codeSpan(plan.by)}, a later commit, is applied already. Nothing is left to do.\n`;
  }
  if (plan.kind === 'failed') return renderSummary(plan.summary, run);
  const { review, decision, digest, summary } = plan;
  const lead: DocumentPart[] = [
    `## Deploy: ${codeSpan(environment)}`,
    '',
    decision.kind === 'nothing' ? '**Nothing to do**: it is as main says.' : `**${titleOf(plan)}**`,
    '',
    `Digest ${codeSpan(digest)}.`,
    ...(decision.kind === 'refused' ? ['', `**Refused**: ${decision.reason}.`] : []),
    '',
    ...(review.commits.length === 0 ? ['Every commit on main is deployed here.'] : []),
    {
      heading: 'On main and not deployed here, newest first:\n',
      items: review.commits.map((commit) => ({ rank: RANK, render: () => renderCommit(commit) })),
      more: (hidden) => `- and ${hidden.toLocaleString('en-US')} more commits`,
    },
    '',
    unshownSection(review.unshown, RANK),
    '',
  ];
  return renderSummary(summary, run, { lead, whole: wholeOf(environment, plan) });
}

// Only a plan that may be applied is kept.
function wholeOf(environment: string, { decision, summary }: Planned): string {
  if (decision.kind !== 'proceed') return 'No artifact of this run has them.';
  return `The artifact ${codeSpan(meaningArtifact(environment, summary.run.attempt))} of this run has every change with the values after it.`;
}

function renderCommit({ commit, pullRequest, shown }: UnappliedCommit): string {
  const what = `${codeSpan(commit.slice(0, 12))}${pullRequest === undefined ? '' : ` of #${String(pullRequest)}`}`;
  return typeof shown === 'string'
    ? `- ${what}: no statement counts, ${codeSpan(shown)}`
    : `- ${what}: shown by run ${String(shown.run.id)} on ${codeSpan(shown.baseSha.slice(0, 12))}`;
}

/** The error that the action ends with, or undefined where it ended well. */
export function refusalOf(environment: string, plan: DeploymentPlan): UserError | undefined {
  if (plan.kind !== 'planned' || plan.decision.kind !== 'refused') return undefined;
  const { decision, review, digest } = plan;
  const reasons = review.commits.flatMap(({ commit, shown }) =>
    typeof shown === 'string' ? [`${commit.slice(0, 12)}: ${logLines(shorten(shown, LONGEST_REASON_CHARACTERS))}`] : [],
  );
  const lines = renderUnshown(review.unshown);
  return new UserError({
    what: `The plan of ${environment} is not applied: ${decision.reason}`,
    expected: 'what the pull requests showed',
    found: [
      firstLines(reasons.join('\n'), MOST_REASONS).join('; ') || titleOf(plan),
      ...lines.map((line) => `            ${logLines(line)}`),
    ].join('\n'),
    remedy: `Look at the plan in the job summary. To apply it, run Deploy for ${environment} with plan-digest: ${digest}, or give the environment ${environment}-approval reviewers and run this again.`,
  });
}
