import type { PlanRun } from '../domain/plan/plan-runs.ts';

/** The runs that GitHub knows. Methods throw UserError. */
export interface PlanRuns {
  /** The runs of the planning workflow for a head commit, started by pull requests. */
  ofHead(headSha: string): Promise<readonly PlanRun[]>;
  /** When a push brought a commit, by the first run that it started; undefined where it started none. */
  pushedAt(sha: string): Promise<number | undefined>;
}
