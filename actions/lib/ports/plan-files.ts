/** Saved plans on disk, in a folder that only this job can read and that goes with it. */
export interface PlanFiles {
  /** Where Terraform saves the plan that is made now. */
  readonly newPlan: string;
  /** Where the plan of an envelope is put, to be applied. */
  readonly reviewedPlan: string;
  /** Where Terraform keeps what `init` gets: what lies in the checkout decides nothing. */
  readonly dataFolder: string;
  read(file: string): Promise<Uint8Array>;
  write(file: string, content: Uint8Array): Promise<void>;
}
