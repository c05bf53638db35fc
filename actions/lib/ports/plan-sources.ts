/** What an environment's plan is made from, in the working tree. */
export interface PlanSources {
  /** Folders and files relative to the repository's root. */
  sourcesOf(environment: string): Promise<readonly string[]>;
  /** SHA-256 over all of those files. */
  digest(environment: string): Promise<string>;
  /** SHA-256 of the environment's `.terraform.lock.hcl`, or null where it has none. */
  lockFileDigest(environment: string): Promise<string | null>;
}
