import { UserError } from '../errors/user-error.ts';
import { renderPlanComment, type CommentContent } from './comment.ts';
import { logLines } from '../text/markdown.ts';
import { shorten } from '../text/shorten.ts';
import { SUMMARY_LIMIT } from '../text/size-budget.ts';
import type { PlanSummary } from './summary.ts';
import { STEP_WORDS } from './words.ts';

/**
 * The job summary of one environment's plan.
 *
 * @param more what comes first, and where the whole plan is
 */
export function renderSummary(
  summary: PlanSummary,
  run: { readonly repositoryUrl: string },
  more: Pick<CommentContent, 'lead' | 'whole'> = {},
): string {
  const { headSha, baseSha, run: made } = summary;
  return renderPlanComment(
    {
      origin: { headSha, baseSha, runId: made.id, runAttempt: made.attempt },
      summaries: [summary],
      missing: [],
      notConfigured: [],
      reviews: [],
      missingReviews: [],
      acceptances: { kind: 'open' },
      links: { repositoryUrl: run.repositoryUrl },
      ...more,
    },
    SUMMARY_LIMIT,
  );
}

/** The error that a failed plan ends with, or undefined where it didn't fail. */
export function failureOf({ environment, result }: PlanSummary): UserError | undefined {
  if (result.kind !== 'failed') return undefined;
  const errors = result.diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  return new UserError({
    what: `${STEP_WORDS[result.step]} failed for ${environment}`,
    where:
      first?.location === undefined || first.location === null
        ? undefined
        : `${first.location.file}:${String(first.location.line)}`,
    expected: 'no errors',
    found: `${String(errors.length)} (the first: ${logLines(shorten(first?.summary ?? 'none was printed'))})`,
    remedy: 'Correct what the annotations name; the whole text is in the job summary.',
  });
}
