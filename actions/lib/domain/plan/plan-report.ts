import { UserError } from '../errors/user-error.ts';
import { renderPlanComment, SUMMARY_LIMIT } from './comment.ts';
import type { PlanMarker } from './comment-marker.ts';
import { logLines } from '../text/markdown.ts';
import type { PlanSummary } from './summary.ts';
import { STEP_WORDS } from './words.ts';

/** The job summary of one environment's plan. */
export function renderSummary(summary: PlanSummary, run: { readonly repositoryUrl: string }): string {
  const marker: PlanMarker = {
    format: 1,
    pullRequest: 0,
    headSha: summary.headSha,
    baseSha: summary.baseSha,
    runId: summary.run.id,
    runAttempt: summary.run.attempt,
    environments: [summary.environment],
    state: 'current',
  };
  return renderPlanComment(
    {
      marker,
      summaries: [summary],
      missing: [],
      notConfigured: [],
      acceptances: [],
      links: { repositoryUrl: run.repositoryUrl },
    },
    SUMMARY_LIMIT,
  );
}

/** The error that a failed plan ends with, or undefined where it didn't fail. */
export function failureOf({ environment, result }: PlanSummary): UserError | undefined {
  if (result.kind !== 'failed') return undefined;
  if (result.lockedBy !== null) {
    const { who, operation, created, id } = result.lockedBy;
    return new UserError({
      what: `The state of ${environment} is locked`,
      where: STEP_WORDS[result.step],
      expected: 'a lock that nobody holds',
      found: logLines(`${who} holds it for ${operation} since ${created}`),
      remedy: `Wait for that run, and run this job again. If it is dead: terraform force-unlock ${logLines(id)}`,
    });
  }
  const errors = result.diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  return new UserError({
    what: `${STEP_WORDS[result.step]} failed for ${environment}`,
    where:
      first?.location === undefined || first.location === null
        ? undefined
        : `${first.location.file}:${String(first.location.line)}`,
    expected: 'no errors',
    found: `${String(errors.length)} (the first: ${logLines(first?.summary ?? 'none was printed')})`,
    remedy: 'Correct what the annotations name; the whole text is in the job summary.',
  });
}
