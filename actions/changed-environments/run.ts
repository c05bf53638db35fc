import { UserError } from '../lib/domain/errors.ts';
import { removedEnvironments, touchedEnvironments, type EnvironmentSources } from '../lib/domain/plan-touched.ts';
import type { Git } from '../lib/ports/git.ts';
import type { Reporter } from '../lib/ports/reporter.ts';
import type { ChangedEnvironmentsInputs } from './inputs.ts';

export interface ChangedEnvironmentsPorts {
  readonly git: Git;
  readonly reporter: Reporter;
}

/** Which environments a change touches. */
export interface ChangedEnvironments {
  /** In promotion order. */
  readonly environments: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Finds the environments that a change touches, among all those that there are.
 *
 * @throws UserError when the commits are not in the checkout.
 */
export async function runChangedEnvironments(
  inputs: ChangedEnvironmentsInputs,
  known: readonly EnvironmentSources[],
  { git, reporter }: ChangedEnvironmentsPorts,
): Promise<ChangedEnvironments> {
  const all = touchedEnvironments([''], known, ['']).map(({ name }) => name);
  const base = inputs['base-sha'];
  if (base === undefined) {
    reporter.info('There is no commit before the change: every environment is touched');
    return { environments: all, removed: [] };
  }
  const head = await existing(git, inputs['head-sha'] ?? 'HEAD', 'head');
  const from = await startOf(git, await existing(git, base, 'base'), head, inputs.compare);
  const files = await git.changedFiles(from, head);
  const environments = touchedEnvironments(files, known, inputs['shared-paths']).map(({ name }) => name);
  const removed = removedEnvironments(
    files,
    known.map(({ name }) => name),
  );
  reporter.info(
    `${String(files.length)} changed files from ${from.slice(0, 12)} to ${head.slice(0, 12)} touch ${environments.join(', ') || 'no environment'}`,
  );
  for (const name of removed) {
    reporter.warning(
      `The folder of the environment ${name} is removed: what Terraform made there stays, and nothing plans it any more. Destroy it first, or import it elsewhere.`,
    );
  }
  return { environments, removed };
}

async function existing(git: Git, revision: string, role: string): Promise<string> {
  const commit = await git.commitOf(revision);
  if (commit !== undefined) return commit;
  throw new UserError({
    what: `The ${role} commit ${revision} is not in this checkout`,
    expected: 'both commits, and the history between them',
    found: 'a checkout without it',
    remedy: 'Give actions/checkout fetch-depth: 0.',
  });
}

async function startOf(git: Git, base: string, head: string, compare: 'merge-base' | 'exact'): Promise<string> {
  if (compare === 'exact') return base;
  const ancestor = await git.mergeBase(base, head);
  if (ancestor !== undefined) return ancestor;
  throw new UserError({
    what: `${base} and ${head} have no common ancestor in this checkout`,
    expected: 'the history back to where the branches parted',
    found: 'a shorter one',
    remedy: 'Give actions/checkout fetch-depth: 0.',
  });
}

/** The outputs of the action. */
export function renderChangedEnvironmentsOutputs({
  environments,
  removed,
}: ChangedEnvironments): Record<string, string> {
  return {
    environments: JSON.stringify(environments),
    matrix: JSON.stringify({ include: environments.map((environment) => ({ environment })) }),
    any: String(environments.length > 0),
    removed: JSON.stringify(removed),
  };
}
