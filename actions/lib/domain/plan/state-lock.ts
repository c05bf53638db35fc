import { UserError } from '../errors/user-error.ts';
import { logLines } from '../text/markdown.ts';
import type { TerraformDiagnostic } from './diagnostics.ts';

/** What Terraform says of a lock that somebody else holds. */
export interface StateLock {
  readonly id: string;
  /** Such as `runner@HOST`. */
  readonly who: string;
  readonly operation: string;
  /** As Terraform writes it, such as `2026-01-31 12:00:00.123456789 +0000 UTC`. */
  readonly created: string;
}

/** A job of the workflow that applies. Times are in milliseconds since the Unix epoch. */
export interface ApplyJob {
  readonly name: string;
  readonly runUrl: string;
  readonly startedAt: number;
  /** Undefined while it runs. */
  readonly completedAt: number | undefined;
  readonly hasRunEnded: boolean;
}

// GitHub's times are whole seconds, and clocks differ.
const CLOCK_MARGIN_MILLISECONDS = 5_000;

// The name in apply.yml. A run has other jobs of the same environment, such as one that waits for an approval.
const APPLY_JOB = '/ Run Terraform';

/** The lock of the state, from the error that Terraform gives when it can't get it. */
export function parseStateLock(diagnostics: readonly TerraformDiagnostic[]): StateLock | undefined {
  const lock = diagnostics.find((diagnostic) => diagnostic.summary.includes('acquiring the state lock'));
  if (lock === undefined) return undefined;
  const field = (name: string): string =>
    new RegExp(`^\\s*${name}:\\s*(.*)$`, 'm').exec(lock.detail)?.[1]?.trim() ?? '';
  const id = field('ID');
  return id === '' ? undefined : { id, who: field('Who'), operation: field('Operation'), created: field('Created') };
}

/** When a lock was taken, in milliseconds since the Unix epoch; undefined where its text is not a time in UTC. */
export function lockedAt({ created }: StateLock): number | undefined {
  const [, day, time] = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,3})?)\d*(?: \+0000 UTC|Z)$/.exec(created) ?? [];
  const milliseconds = day === undefined || time === undefined ? Number.NaN : Date.parse(`${day}T${time}Z`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/**
 * The job that took a lock: the one for this environment that ran at that time. Jobs that change an environment share a
 * concurrency group, so there is one at most.
 */
export function findLockingJob(lock: StateLock, environment: string, jobs: readonly ApplyJob[]): ApplyJob | undefined {
  const moment = lockedAt(lock);
  if (moment === undefined) return undefined;
  const name = new RegExp(`(?:^|[^\\w-])${environment}(?:$|[^\\w-])`);
  return jobs.find(
    (job) =>
      name.test(job.name) &&
      job.name.endsWith(APPLY_JOB) &&
      job.startedAt - CLOCK_MARGIN_MILLISECONDS <= moment &&
      moment <= (job.completedAt ?? Number.POSITIVE_INFINITY) + CLOCK_MARGIN_MILLISECONDS,
  );
}

/** The error where somebody else holds the lock. How to break the lock is said only where the run that took it has ended. */
export function lockError(environment: string, lock: StateLock, job: ApplyJob | undefined): UserError {
  const { who, operation, created, id } = lock;
  const holder = job === undefined ? who : `${job.runUrl} (${who})`;
  return new UserError({
    what: `Nothing was changed: the state of ${environment} is locked`,
    where: `environments/${environment}`,
    expected: 'a lock that nobody holds',
    found: logLines(`${holder} holds it for ${operation} since ${created}`),
    remedy: remedyOf(environment, id, who, job),
  });
}

function remedyOf(environment: string, id: string, who: string, job: ApplyJob | undefined): string {
  if (job === undefined) {
    return logLines(
      `No run of this workflow was at work then: ask who runs Terraform as ${who}. Run the failed jobs again when the lock is free.`,
    );
  }
  if (!job.hasRunEnded) return 'Wait for that run, then run the failed jobs again.';
  // What somebody put into the lock must not get into a command line.
  if (!/^[0-9a-f-]{36}$/.test(id))
    return 'That run has ended, and the lock has no id of Terraform: look at its object.';
  return `That run has ended and left its lock. In environments/${environment}: terraform init -backend-config=backend.hcl, then terraform force-unlock ${id}. Run the failed jobs again after that.`;
}
