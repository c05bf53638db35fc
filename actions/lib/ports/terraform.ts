import type { TerraformDiagnostic, TerraformMessage } from '../domain/plan/diagnostics.ts';

/** How a step of Terraform ended; its diagnostics may quote secrets. */
interface TerraformStep {
  readonly kind: 'done' | 'failed';
  readonly diagnostics: readonly TerraformDiagnostic[];
}

/** How planning ended. */
type TerraformPlanStep =
  | { readonly kind: 'failed'; readonly diagnostics: readonly TerraformDiagnostic[] }
  | {
      readonly kind: 'no-changes' | 'changes';
      readonly diagnostics: readonly TerraformDiagnostic[];
    };

/** How applying ended. */
type TerraformApplyStep =
  | { readonly kind: 'failed'; readonly diagnostics: readonly TerraformDiagnostic[] }
  | { readonly kind: 'done'; readonly outputs: OutputValues };

/** The outputs of a root module that are not sensitive, by name. */
type OutputValues = Readonly<Record<string, unknown>>;

/** How long Terraform waits for the lock of the state; a plan that takes none writes nothing. */
export type LockOptions = 'none' | { readonly timeoutSeconds: number };

/** Terraform in the folder of one environment. Every call may reject when the job is cancelled. */
export interface Terraform {
  version(): Promise<string>;
  /** Initialises the folder; the lock file is never changed. */
  init(backendConfig: readonly string[]): Promise<TerraformStep>;
  validate(): Promise<TerraformStep>;
  plan(planFile: string, lock: LockOptions): Promise<TerraformPlanStep>;
  /** The text of `terraform show -json`; it holds every secret of the plan in clear. */
  showPlan(planFile: string): Promise<string>;
  apply(planFile: string, lock: LockOptions): Promise<TerraformApplyStep>;
}

/** Told of what Terraform does while it does it. */
export type OnTerraformMessage = (message: TerraformMessage) => void;
