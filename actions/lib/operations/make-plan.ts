import type { TerraformDiagnostic } from '../domain/plan/diagnostics.ts';
import { parseStateLock } from '../domain/plan/state-lock.ts';
import { parsePlanJson, type PlanJson } from '../domain/plan/plan-json.ts';
import type { LockOptions, Terraform } from '../ports/terraform.ts';

/** A folder that Terraform can plan in. */
export interface InitialisedTerraform {
  readonly kind: 'initialised';
  readonly terraformVersion: string;
}

/** A plan that was made. Its content may hold secrets. */
export interface PlannedTerraform {
  readonly kind: 'planned';
  readonly outcome: 'no-changes' | 'changes';
  readonly terraformVersion: string;
  readonly plan: PlanJson;
  readonly diagnostics: readonly TerraformDiagnostic[];
}

/** The step at which there was no plan to be had. Its diagnostics may quote secrets. */
export interface FailedTerraform {
  readonly kind: 'failed';
  readonly step: 'init' | 'validate' | 'plan';
  readonly terraformVersion: string;
  readonly diagnostics: readonly TerraformDiagnostic[];
  /** How far Terraform came, which tells the secrets that the diagnostics may quote; undefined where it made no plan at all. */
  readonly plan: PlanJson | undefined;
}

/** Makes an environment's folder ready for plans. */
export async function initialise(
  terraform: Terraform,
  backendConfig: readonly string[],
): Promise<InitialisedTerraform | FailedTerraform> {
  const terraformVersion = await terraform.version();
  const { kind, diagnostics } = await terraform.init(backendConfig);
  return kind === 'failed'
    ? { kind: 'failed', step: 'init', terraformVersion, diagnostics, plan: undefined }
    : { kind: 'initialised', terraformVersion };
}

/**
 * Plans an environment.
 *
 * @param planFile where the saved plan goes: it holds secrets, so a folder that only this job can read
 * @throws UserError when the job is cancelled, or the plan can't be read.
 */
export async function makePlan(
  terraform: Terraform,
  { terraformVersion }: InitialisedTerraform,
  { planFile, lock }: { readonly planFile: string; readonly lock: LockOptions },
): Promise<PlannedTerraform | FailedTerraform> {
  const planned = await terraform.plan(planFile, lock);
  if (planned.kind === 'failed') {
    const plan = await showUnfinished(terraform, planFile);
    return { kind: 'failed', terraformVersion, plan, ...(await explainFailure(terraform, planned.diagnostics)) };
  }
  const plan = parsePlanJson(await terraform.showPlan(planFile));
  const { kind: outcome, diagnostics } = planned;
  return { kind: 'planned', outcome, terraformVersion, plan, diagnostics };
}

// Terraform saves a plan that ended in errors, as far as it came: https://developer.hashicorp.com/terraform/internals/json-format
async function showUnfinished(terraform: Terraform, planFile: string): Promise<PlanJson | undefined> {
  try {
    return parsePlanJson(await terraform.showPlan(planFile));
  } catch {
    return undefined;
  }
}

// A plan checks the configuration as it goes and stops where it can't go on; `validate` finds every mistake in it. Each
// costs another start of the providers, so validate is asked only when something is wrong.
async function explainFailure(
  terraform: Terraform,
  diagnostics: readonly TerraformDiagnostic[],
): Promise<Pick<FailedTerraform, 'step' | 'diagnostics'>> {
  if (parseStateLock(diagnostics) !== undefined) return { step: 'plan', diagnostics };
  const validated = await terraform.validate();
  return validated.kind === 'failed'
    ? { step: 'validate', diagnostics: validated.diagnostics }
    : { step: 'plan', diagnostics };
}
