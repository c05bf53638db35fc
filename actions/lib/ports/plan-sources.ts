import type { TerraformFile } from '../domain/plan/configuration-warnings.ts';
import type { RootFiles } from '../domain/plan/root-module-warnings.ts';

/** What an environment's plan is made from, in the working tree. */
export interface PlanSources {
  /** Folders and files relative to the repository's root. */
  sourcesOf(environment: string): Promise<readonly string[]>;
  /** SHA-256 over all of those files. */
  digest(environment: string): Promise<string>;
  /** SHA-256 of the environment's `.terraform.lock.hcl`, or null where it has none. */
  lockFileDigest(environment: string): Promise<string | null>;
  /** The Terraform files directly in these folders, which are relative to the repository's root. */
  terraformFiles(folders: readonly string[]): Promise<readonly TerraformFile[]>;
  rootFiles(environment: string): Promise<RootFiles>;
}
