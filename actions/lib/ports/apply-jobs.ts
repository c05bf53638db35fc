import type { ApplyJob } from '../domain/plan/state-lock.ts';

/** Jobs of the workflow that applies. Methods throw UserError. */
export interface ApplyJobs {
  /** The jobs of the runs that were at work at a moment (milliseconds since the Unix epoch), this run's attempt left out. */
  at(moment: number): Promise<readonly ApplyJob[]>;
}
