import type { Approve } from '@sagemaker-gitops/workflow-runner';

/** A job that waits for somebody's yes; its name is all that they see of it. */
interface Waiting {
  readonly environment: string;
  readonly runId: number;
  readonly jobName: string;
}

/** The rules of environments: those that are protected wait until somebody decides. */
export interface Approvals {
  /** Asked by the runner before a job of an environment starts. */
  readonly ask: Approve;
  readonly waiting: () => readonly Waiting[];
  /** Decides for the jobs of the environment that wait, or for that of one run. */
  decide(environment: string, approved: boolean, runId?: number): void;
  /** Says no to everything, for good. */
  close(): void;
}

/** Approvals in which some environments are protected. */
export function createApprovals(isProtected: (environment: string) => boolean): Approvals {
  const open: (Waiting & { readonly resolve: (approved: boolean) => void })[] = [];
  let closed = false;
  return {
    ask: async (environment, runId, jobName) => {
      if (closed) return false;
      if (!isProtected(environment)) return true;
      return await new Promise((resolve) => open.push({ environment, runId, jobName, resolve }));
    },
    waiting: () => open.map(({ environment, runId, jobName }) => ({ environment, runId, jobName })),
    decide: (environment, approved, runId) => {
      for (const one of open.filter((waiting) => waiting.environment === environment)) {
        if (runId !== undefined && one.runId !== runId) continue;
        open.splice(open.indexOf(one), 1);
        one.resolve(approved);
      }
    },
    close: () => {
      closed = true;
      for (const one of open.splice(0)) one.resolve(false);
    },
  };
}
