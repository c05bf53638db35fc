import type { TerraformDiagnostic } from '../domain/plan-diagnostics.ts';
import { parsePlanJson, type PlanJson } from '../domain/plan-json.ts';
import type { LockOptions, StateIdentity, Terraform } from '../ports/terraform.ts';
import { UserError } from '../domain/errors.ts';

/** What a plan is made with. */
export interface PlanOptions {
  readonly backendConfig: readonly string[];
  readonly lock: LockOptions;
  /** Where the saved plan goes: it holds secrets, so a folder that only this job can read. */
  readonly planFile: string;
}

/** A plan that was made, or the step at which it failed. Its content may hold secrets. */
export type MadePlan =
  | {
      readonly kind: 'failed';
      readonly step: 'init' | 'validate' | 'plan';
      readonly terraformVersion: string;
      readonly diagnostics: readonly TerraformDiagnostic[];
    }
  | {
      readonly kind: 'planned';
      readonly outcome: 'no-changes' | 'changes';
      readonly terraformVersion: string;
      readonly plan: PlanJson;
      /** The state that the plan was made against; null where there was none yet. */
      readonly state: StateIdentity | null;
      readonly diagnostics: readonly TerraformDiagnostic[];
    };

/**
 * Initialises, validates and plans an environment.
 *
 * @throws UserError when the state moves while the plan is made, or the job is cancelled.
 */
export async function makePlan(terraform: Terraform, options: PlanOptions): Promise<MadePlan> {
  const terraformVersion = await terraform.version();
  const init = await terraform.init(options.backendConfig);
  if (init.kind === 'failed') return { kind: 'failed', step: 'init', terraformVersion, diagnostics: init.diagnostics };
  const validate = await terraform.validate();
  if (validate.kind === 'failed') {
    return { kind: 'failed', step: 'validate', terraformVersion, diagnostics: validate.diagnostics };
  }
  const state = await terraform.stateIdentity();
  const planned = await terraform.plan(options.planFile, options.lock);
  if (planned.kind === 'failed') {
    return { kind: 'failed', step: 'plan', terraformVersion, diagnostics: planned.diagnostics };
  }
  const stateAfter = await terraform.stateIdentity();
  if (state?.lineage !== stateAfter?.lineage || state?.serial !== stateAfter?.serial) {
    throw new UserError({
      what: 'The state changed while the plan was made',
      expected: describeState(state),
      found: describeState(stateAfter),
      remedy: 'Another run is applying to this environment: plan again when it has ended.',
    });
  }
  const plan = parsePlanJson(await terraform.showPlan(options.planFile));
  const diagnostics = [...validate.diagnostics, ...planned.diagnostics];
  return { kind: 'planned', outcome: planned.kind, terraformVersion, plan, state, diagnostics };
}

/** A state in words. */
export function describeState(state: StateIdentity | null): string {
  return state === null ? 'no state yet' : `lineage ${state.lineage}, serial ${String(state.serial)}`;
}
