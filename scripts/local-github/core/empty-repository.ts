import { ApiError } from './api-error.ts';
import type { GitRepository } from './git-repository.ts';

/**
 * Replaces the Git repository when none is hosted, as on a machine without git. Any full SHA is a commit; other Git requests
 * get GitHub's error for a repository without commits.
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
