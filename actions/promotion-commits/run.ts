import { environmentAfter, firstEnvironment, type KnownEnvironments } from '../lib/domain/promotion/order.ts';
import { liveRelease, type ReleaseFile } from '../lib/domain/release/release.ts';
import { isAncestor } from '../lib/operations/is-ancestor.ts';
import type { Git } from '../lib/ports/git.ts';
import type { PromotionCommitsInputs } from './inputs.ts';

/** The ports of the use case. */
export interface PromotionCommitsPorts {
  readonly environments: () => Promise<KnownEnvironments>;
  /** @throws UserError when the release file of an environment is not valid. */
  readonly releaseFileOf: (environment: string) => Promise<ReleaseFile>;
  readonly git: Pick<Git, 'mergeBase'>;
}

/** What a promotion compares; `commits` is undefined where nothing serves, or the same commit does. */
export interface PromotionCommits {
  readonly environment: string;
  readonly service: string;
  readonly commits:
    | {
        readonly head: string;
        readonly base: string;
        /** Whether both are in the history of this checkout: only then may their code run. */
        readonly areMerged: boolean;
      }
    | undefined;
}

/**
 * The commits of what is promoted and of what should serve where it goes, or undefined after the last environment.
 *
 * @throws UserError when the environments can't be read.
 */
export async function runPromotionCommits(
  { from, service, commit }: Pick<PromotionCommitsInputs, 'from' | 'service' | 'commit'>,
  { environments, releaseFileOf, git }: PromotionCommitsPorts,
): Promise<PromotionCommits | undefined> {
  const known = await environments();
  const target = from === undefined ? firstEnvironment(known, service) : environmentAfter(known, from);
  if (target === undefined) return undefined;
  const commitOf = async (name: string): Promise<string | undefined> =>
    liveRelease(await releaseFileOf(name))?.source.commit;
  const head = from === undefined ? commit : await commitOf(from);
  const base = await commitOf(target.name);
  const of = { environment: target.name, service: target.service };
  if (head === undefined || base === undefined || head === base) return { ...of, commits: undefined };
  // A release file may name any commit, and GitHub hands out those of forks too.
  const merged = await Promise.all([head, base].map(async (one) => await isAncestor(git, one, 'HEAD')));
  return { ...of, commits: { head, base, areMerged: !merged.includes(false) } };
}
