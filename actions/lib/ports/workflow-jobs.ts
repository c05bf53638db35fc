/** A job of a workflow run that ended with success. */
export interface PassedJob {
  readonly name: string;
  /** The names of its steps that ended with success. */
  readonly passedSteps: readonly string[];
}

/** Runs of workflows, with their jobs. */
export interface WorkflowJobs {
  /** The ids of the runs that a pull request started for a head commit, newest first. */
  pullRequestRuns(workflow: string, headSha: string): Promise<readonly number[]>;
  /** The jobs of the newest attempt of a run that ended with success. */
  passedJobs(run: number): Promise<readonly PassedJob[]>;
}
