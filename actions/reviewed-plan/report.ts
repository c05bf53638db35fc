import type { ReviewedPlan } from './run.ts';

/** The outputs of the action. */
export function renderOutputs(result: ReviewedPlan): Record<string, string> {
  return {
    found: String(result.kind === 'found'),
    'pull-request': result.pullRequest === undefined ? '' : String(result.pullRequest),
    'head-sha': result.kind === 'found' ? result.headSha : '',
    'run-id': result.kind === 'found' ? String(result.runId) : '',
  };
}
