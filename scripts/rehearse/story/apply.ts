import { readEnvironmentFolder } from '../../../actions/lib/adapters/environment-folder.ts';
import { applyEnvironment, planEnvironment } from '../../testing/terraform-workspace.ts';
import { applyThroughApi } from './apply-through-api.ts';
import type { Stage } from './stage.ts';
import { UnexpectedOutcome } from './steps.ts';

/** Makes what Git declares for an environment exist, and gives one line on how. */
export async function apply(stage: Stage, name: string): Promise<string> {
  if (stage.tooling.terraform === 'ready') {
    await applyEnvironment(terraformRun(stage, name));
    return 'applied with Terraform';
  }
  const { environment, releaseFile } = await readEnvironmentFolder(stage.workspace.root, name);
  await applyThroughApi({ environment, releaseFile, awsEnvironment: stage.aws.environment });
  return 'created through the API';
}

/**
 * Plans once more and expects no changes.
 *
 * @throws UnexpectedOutcome with the plan when there are some.
 */
export async function expectNoChanges(stage: Stage, name: string): Promise<string> {
  const plan = await planEnvironment(terraformRun(stage, name));
  if (plan.exitCode !== 0) {
    throw new UnexpectedOutcome(
      `terraform plan of ${name} ended with ${String(plan.exitCode)}:\n${plan.stdout}${plan.stderr}`,
    );
  }
  return 'terraform plan: no changes';
}

function terraformRun(stage: Stage, environment: string) {
  return {
    root: stage.workspace.root,
    environment,
    awsEnvironment: stage.aws.environment,
    signal: stage.signal,
    log: stage.terraformLog,
  };
}
