import { ApiError } from './api-error.ts';
import type { GitRepository } from './git-repository.ts';

/**
 * Stands where no Git repository is hosted, as on a machine without git: any full SHA is taken for a commit, and whatever
 * else wants Git gets GitHub's answer for a repository with no commits.
 */
export function emptyRepository(): GitRepository {
  const refuse = async (): Promise<never> => await Promise.reject(new ApiError(409, 'Git Repository is empty.'));
  return {
    directory: '',
    resolve: async (ref) => await Promise.resolve(/^[0-9a-f]{40}$/.test(ref) ? ref : undefined),
    git: refuse,
    commit: refuse,
    log: refuse,
    changes: refuse,
    mergeBase: refuse,
    refs: refuse,
    entries: refuse,
    writeTree: refuse,
    blob: refuse,
    writeBlob: refuse,
    writeCommit: refuse,
    mergeTree: refuse,
  };
}
