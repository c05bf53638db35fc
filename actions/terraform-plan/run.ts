import { UserError } from '../lib/domain/errors/user-error.ts';
import type { Statement } from '../lib/domain/plan/statement.ts';
import { changesAnything, type PlanSummary } from '../lib/domain/plan/summary.ts';
import { planEnvironment, type PlanContext, type PlanPorts } from '../lib/operations/plan-environment.ts';
import type { TerraformPlanInputs } from './inputs.ts';

/** A plan, safe to show; a statement only where a pull request was planned. */
export interface TerraformPlanResult {
  readonly outcome: 'no-changes' | 'changes' | 'failed';
  readonly summary: PlanSummary;
  readonly statement: Statement | undefined;
}

/**
 * Plans an environment, and states what the plan means.
 *
 * @throws UserError when the commits are not there, a release was edited in place, or the job is cancelled.
 */
export async function runTerraformPlan(
  inputs: TerraformPlanInputs,
  context: PlanContext,
  ports: PlanPorts,
): Promise<TerraformPlanResult> {
  const headSha = inputs['head-sha'] ?? (await ports.git.commitOf('HEAD'));
  if (headSha === undefined) {
    throw new UserError({
      what: 'The commit to plan for is not known',
      expected: 'the input head-sha, or a Git checkout with a commit',
      found: 'neither',
      remedy: 'Check out the repository before this action, or name the commit.',
    });
  }
  const baseSha = inputs['base-sha'];
  const { summary, meaning } = await planEnvironment({ headSha, baseSha }, context, ports);
  const { result, environment, run, terraformVersion } = summary;
  if (result.kind === 'failed' || meaning === undefined) return { outcome: 'failed', summary, statement: undefined };
  const outcome = changesAnything(result) ? 'changes' : 'no-changes';
  const pullRequest = inputs['pull-request'];
  if (pullRequest === undefined || baseSha === undefined) return { outcome, summary, statement: undefined };
  const statement: Statement = {
    format: 1,
    environment,
    pullRequest,
    headSha,
    baseSha,
    run,
    terraformVersion: terraformVersion ?? 'unknown',
    sourcesDigest: await ports.sources.digest(environment),
    lockFileDigest: await ports.sources.lockFileDigest(environment),
    meaning,
  };
  return { outcome, summary, statement };
}
