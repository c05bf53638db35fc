import { lastApplied } from '../domain/ledger/standing.ts';
import type { History } from '../domain/ledger/history.ts';
import type { Git } from '../ports/git.ts';
import { isAncestor } from './is-ancestor.ts';

/**
 * The commit that is applied already and comes after the one of this run, or undefined. A run that waited for long, or is run
 * again, must not bring back what a later one has replaced.
 */
export async function overtakenBy(
  commit: string,
  history: History,
  git: Pick<Git, 'mergeBase'>,
): Promise<string | undefined> {
  const applied = lastApplied(history);
  if (applied === null || applied === commit) return undefined;
  return (await isAncestor(git, commit, applied)) ? applied : undefined;
}
