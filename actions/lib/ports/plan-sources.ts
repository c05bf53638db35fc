/** What an environment's plan is made from, in the working tree. */
export interface PlanSources {
  /** SHA-256 over every file. */
  digest(environment: string): Promise<string>;
  /** SHA-256 of the environment's `.terraform.lock.hcl`, or null where it has none. */
  lockFileDigest(environment: string): Promise<string | null>;
}
