/** A job that waits for somebody's yes. */
interface Waiting {
  readonly environment: string;
  readonly runId: number;
}

/** The rules of environments: those that are protected wait until somebody decides. */
export interface Approvals {
  /** Asked by the runner before a job of an environment starts. */
  readonly ask: (environment: string, runId: number) => Promise<boolean>;
  readonly waiting: () => readonly Waiting[];
  /** Decides for every job of the environment that waits, and those of the same runs that are still to come. */
  decide(environment: string, approved: boolean): void;
  /** Says no to everything, for good. */
  close(): void;
}

/** Approvals in which some environments are protected. */
export function createApprovals(isProtected: (environment: string) => boolean): Approvals {
  const open: (Waiting & { readonly resolve: (approved: boolean) => void })[] = [];
  const decided = new Map<string, boolean>();
  let closed = false;
  const keyOf = ({ environment, runId }: Waiting): string => `${environment} ${String(runId)}`;
  return {
    ask: async (environment, runId) => {
      if (closed) return false;
      if (!isProtected(environment)) return true;
      const known = decided.get(keyOf({ environment, runId }));
      if (known !== undefined) return known;
      return await new Promise((resolve) => open.push({ environment, runId, resolve }));
    },
    waiting: () => open.map(({ environment, runId }) => ({ environment, runId })),
    decide: (environment, approved) => {
      for (const one of open.filter((waiting) => waiting.environment === environment)) {
        open.splice(open.indexOf(one), 1);
        decided.set(keyOf(one), approved);
        one.resolve(approved);
      }
    },
    close: () => {
      closed = true;
      for (const one of open.splice(0)) one.resolve(false);
    },
  };
}
