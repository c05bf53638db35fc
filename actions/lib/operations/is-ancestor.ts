import type { Git } from '../ports/git.ts';

/** Whether a commit is another one, or comes before it. A commit that was not fetched is no ancestor. */
export async function isAncestor(git: Pick<Git, 'mergeBase'>, commit: string, of: string): Promise<boolean> {
  return (await git.mergeBase(commit, of)) === commit;
}
