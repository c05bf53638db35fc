import { notConfiguredText } from '../environment/configured.ts';
import { COMMENT_LIMIT, composeDocument, type DocumentPart, type Hidden, type Limit } from '../text/size-budget.ts';
import { codeSpan } from '../text/markdown.ts';
import { marked } from './comment-marker.ts';
import { runUrl, type PlanOrigin } from './plan-origin.ts';
import { environmentParts, modelWarningSection, type SectionContext } from './sections.ts';
import { reviewHeadline, reviewParts } from '../model-review/render.ts';
import { hasSameAnswers } from '../model-review/review.ts';
import { isBreaking } from '../model-review/signature-changes.ts';
import type { ReviewSummary } from '../model-review/summary.ts';
import { changesAnything, type PlannedResult, type PlanSummary } from './summary.ts';
import { STANDING_WARNINGS, WARNING_WORDS } from './words.ts';
import { findAcceptance, type Acceptances } from './policy-acceptance.ts';

/** What a comment is made of. */
export interface CommentContent extends SectionContext {
  readonly origin: PlanOrigin;
  /** One summary for each environment that could be planned, in any order. */
  readonly summaries: readonly PlanSummary[];
  /** Environments that should have a summary and have none: their job ended before it could write one. */
  readonly missing: readonly string[];
  /** Environments that are touched and have no plan, since they are not set up yet. */
  readonly notConfigured: readonly string[];
  /** The reviews of models, in any order. */
  readonly reviews: readonly ReviewSummary[];
  /** Services that should have a review and have none. */
  readonly missingReviews: readonly string[];
  /** What comes first. */
  readonly lead?: readonly DocumentPart[];
  /** A sentence that says where the whole plan is; by default the artifacts of a pull request's run. */
  readonly whole?: string;
}

/** The comment on a pull request: all environments in one. Leads with meaning, and keeps to the limit by whole resources. */
export function renderPlanComment(content: CommentContent, limit: Limit = COMMENT_LIMIT): string {
  const ordered = content.summaries.toSorted(
    (a, b) => a.promotionOrder - b.promotionOrder || (a.environment < b.environment ? -1 : 1),
  );
  const quiet = ordered.filter(isQuiet);
  const loud = ordered.filter((summary) => !isQuiet(summary));
  const parts: DocumentPart[] = [
    ...(content.lead ?? []),
    marked(`## ${headline(ordered, content)}`),
    '',
    provenance(content),
    '',
    ...dangers(loud),
    ...content.missingReviews.map(
      (name) => `- ${codeSpan(name)} has **no review**: its job ended before it could write one.\n`,
    ),
    ...content.reviews
      .toSorted((a, b) => (a.service < b.service ? -1 : 1))
      .flatMap((review) => reviewParts(review, [modelWarningSection(review, content.acceptances)])),
    ...content.missing.map(
      (name) =>
        `- ${codeSpan(name)} has **no plan**: its job ended before it could write one. The run says why; where AWS gave it no role, \`npm run bootstrap\` sets the account up.\n`,
    ),
    ...content.notConfigured.map((name) => `- ${notConfiguredText(name)}\n`),
    ...loud.flatMap((summary) => environmentParts(summary, content)),
    ...(quiet.length === 0
      ? []
      : [`No changes in ${quiet.map(({ environment }) => codeSpan(environment)).join(', ')}.\n`]),
  ];
  return composeDocument(parts, (hidden, which) => ending(hidden, which, content), limit);
}

// Nothing to say about an environment but that nothing changes.
function isQuiet(summary: PlanSummary): boolean {
  const { result } = summary;
  return (
    result.kind === 'planned' &&
    isUnchanged(summary) &&
    !result.diagnostics.some(({ severity }) => severity === 'warning')
  );
}

function isUnchanged({ result }: PlanSummary): boolean {
  return result.kind === 'planned' && isQuietResult(result) && result.drift.length === 0;
}

function headline(summaries: readonly PlanSummary[], content: CommentContent): string {
  const reviewed = reviewTitle(content);
  const isPlanned = summaries.length + content.missing.length + content.notConfigured.length > 0;
  if (reviewed === undefined) return planTitle(summaries, content);
  return isPlanned ? `${reviewed} · ${planTitle(summaries, content)}` : reviewed;
}

/** What the reviews of models found, in a few words; undefined where there are none. */
function reviewTitle({ reviews, missingReviews }: CommentContent): string | undefined {
  const total = reviews.length + missingReviews.length;
  const [first] = reviews;
  if (total === 0) return undefined;
  const failed = reviews.filter(({ result }) => result.kind === 'failed').length + missingReviews.length;
  if (failed > 0) return `Model review: failed for ${String(failed)} of ${String(total)}`;
  if (first !== undefined && total === 1) return `Model review: ${reviewHeadline(first)}`;
  const differing = reviews.filter(({ result }) => result.kind === 'compared' && !hasSameAnswers(result.review)).length;
  return differing === 0
    ? 'Model review: no answer differs'
    : `Model review: answers differ for ${String(differing)} of ${String(total)} services`;
}

function planTitle(
  summaries: readonly PlanSummary[],
  { missing, notConfigured }: Pick<CommentContent, 'missing' | 'notConfigured'>,
): string {
  const failed = summaries.filter(({ result }) => result.kind === 'failed').length + missing.length;
  const changing = summaries.filter((summary) => summary.result.kind === 'planned' && !isUnchanged(summary)).length;
  const total = summaries.length + missing.length;
  if (total === 0)
    return notConfigured.length === 0 ? 'Plan: no environment is touched' : 'Plan: nothing is set up yet';
  if (failed > 0) return `Plan: failed for ${count(failed, total)}`;
  return changing === 0 ? 'Plan: no changes' : `Plan: changes in ${count(changing, total)}`;
}

function count(some: number, all: number): string {
  return all === 1 ? '1 environment' : `${String(some)} of ${String(all)} environments`;
}

function provenance({ origin, links }: CommentContent): string {
  const commit = (sha: string): string => `[\`${sha.slice(0, 12)}\`](${links.repositoryUrl}/commit/${sha})`;
  const base = origin.baseSha === null ? '' : ` on ${commit(origin.baseSha)}`;
  return `Made for commit ${commit(origin.headSha)}${base}, in [this run](${runUrl(origin, links)}). It is void as soon as either moves.`;
}

function dangers(summaries: readonly PlanSummary[]): readonly DocumentPart[] {
  const items = summaries.flatMap(({ environment, result }) => {
    if (result.kind !== 'planned') return [];
    const { replace, delete: destroy } = result.counts;
    if (replace + destroy === 0) return [];
    const parts = [
      ...(destroy > 0 ? [`destroys ${destroy.toLocaleString('en-US')}`] : []),
      ...(replace > 0 ? [`replaces ${replace.toLocaleString('en-US')}`] : []),
    ];
    return [{ rank: 0, render: () => `> - ${codeSpan(environment)} **${parts.join(' and ')}**` }];
  });
  const heading = '> [!CAUTION]\n> Resources are destroyed or replaced:';
  const more = (hidden: number): string => `> - and ${String(hidden)} more environments`;
  return items.length === 0 ? [] : [{ heading, items, more }, ''];
}

function ending(hidden: number, { tooLong, labels }: Hidden, { origin, links, whole }: CommentContent): string {
  if (hidden === 0) return '\n';
  const what = hidden === 1 ? '1 item is' : `${hidden.toLocaleString('en-US')} items are`;
  const which = [
    ...(tooLong === 0 ? [] : [`${tooLong.toLocaleString('en-US')} too long`]),
    ...(tooLong === hidden ? [] : ['the least important ones']),
  ];
  const kinds = [...labels].map(([label, count]) => `\`${label}\` ${count.toLocaleString('en-US')} times`);
  const unaccepted =
    kinds.length === 0 ? '' : ` **Among them are warnings that must be accepted**: ${kinds.join(', ')}.`;
  const where =
    whole ??
    `[The full plan](${runUrl(origin, links)}#artifacts) is in the artifacts of the run, as \`statement-ENVIRONMENT-ATTEMPT\`, and a review as \`review-SERVICE-ATTEMPT\`.`;
  return `\n---\n${what} not shown here: ${which.join(', and ')}.${unaccepted} ${where}\n`;
}

type Warned = Pick<CommentContent, 'summaries' | 'reviews'>;

/** Whether plans or reviews have a warning that must be accepted. */
export function needAcceptance(warned: Warned): boolean {
  return unacceptedWarnings(warned, { kind: 'open' }).length > 0;
}

/** The warnings that must be accepted and are not: `ID ENVIRONMENT` or `ID SERVICE`, each once. */
export function unacceptedWarnings({ summaries, reviews }: Warned, acceptances: Acceptances): readonly string[] {
  const open = summaries.flatMap(({ environment, result }) =>
    result.kind !== 'planned' || isQuietResult(result)
      ? []
      : result.warnings
          .filter(({ id }) => WARNING_WORDS[id].mustAccept)
          .filter(({ id }) => findAcceptance(acceptances, id, environment) === undefined)
          .map(({ id }) => `${id} ${environment}`),
  );
  const breaking = reviews.flatMap(({ service, result }) =>
    result.kind !== 'compared'
      ? []
      : result.review.signature
          .filter(isBreaking)
          .filter(({ kind }) => findAcceptance(acceptances, kind, service) === undefined)
          .map(({ kind }) => `${kind} ${service}`),
  );
  return [...new Set([...open, ...breaking])].sort();
}

function isQuietResult(result: PlannedResult): boolean {
  return (
    !changesAnything(result) &&
    ['none', 'unchanged'].includes(result.release.kind) &&
    !result.warnings.some(({ id }) => STANDING_WARNINGS.has(id))
  );
}
