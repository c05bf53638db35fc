import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { readEnvironmentFolder } from '../../../actions/lib/adapters/environment-folder.ts';
import { initEnvironment, planEnvironment, type EnvironmentRun } from '../../testing/terraform-workspace.ts';
import { applyThroughApi } from './apply-through-api.ts';
import { expectExit } from './run-action.ts';
import type { Stage } from './stage.ts';
import { UnexpectedOutcome } from './steps.ts';

/** Makes what Git declares for an environment exist, and gives one line on how. */
export type Apply = (name: string) => Promise<string>;

/** How this stage applies: by the actions with Terraform where it is at hand, else through the API. */
export function createApply(stage: Stage): Apply {
  if (stage.tooling.terraform === 'missing') {
    return async (name) => {
      const { environment, releaseFile } = await readEnvironmentFolder(stage.workspace.root, name);
      await applyThroughApi({ environment, releaseFile, awsEnvironment: stage.aws.environment });
      return 'created through the API';
    };
  }
  // The secret that seals saved plans between the pull request's run and the one that applies.
  const planKey = randomBytes(32).toString('base64');
  let previousSha = '';
  return async (name) => {
    // Makes the state bucket where it is missing, as the bootstrap of an account does.
    if (previousSha === '') await initEnvironment(terraformRun(stage, name));
    const { sha } = stage.workspace.head();
    const plan = await stage.act('terraform-plan', {
      environment: name,
      'head-sha': sha,
      'base-sha': previousSha,
      'plan-key': planKey,
      'output-directory': path.join(stage.logDirectory, 'plans', sha),
    });
    expectExit(plan, 0);
    const applied = await stage.act('terraform-apply', {
      environment: name,
      'envelope-file': plan.outputs['envelope-file'] ?? '',
      'plan-key': planKey,
      'reviewed-head-sha': sha,
      'previous-sha': previousSha,
    });
    expectExit(applied, 0);
    previousSha = sha;
    return `planned, and the reviewed plan applied (${applied.outputs['applied-plan'] ?? ''})`;
  };
}

/**
 * Plans once more and expects no changes.
 *
 * @throws UnexpectedOutcome with the plan when there are some.
 */
export async function expectNoChanges(stage: Stage, name: string): Promise<string> {
  const plan = await planEnvironment(terraformRun(stage, name));
  if (plan.exitCode === 0) return 'terraform plan: no changes';
  throw new UnexpectedOutcome(
    `terraform plan of ${name} ended with ${String(plan.exitCode)}:\n${plan.stdout}${plan.stderr}`,
  );
}

function terraformRun(stage: Stage, environment: string): EnvironmentRun {
  return {
    root: stage.workspace.root,
    environment,
    awsEnvironment: stage.aws.environment,
    signal: stage.signal,
    log: stage.terraformLog,
  };
}
