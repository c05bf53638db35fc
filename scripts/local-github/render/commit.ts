import type { Context } from '../core/context.ts';
import type { GitCommit, GitFileChange } from '../core/git-repository.ts';
import { repositoryHtmlUrl, repositoryUrl } from './repository.ts';

/** A `commit`; its accounts are null, as for an unknown e-mail address. */
export function renderCommit(context: Context, commit: GitCommit) {
  const url = `${repositoryUrl(context)}/commits/${commit.sha}`;
  return {
    url,
    sha: commit.sha,
    node_id: `C_${commit.sha}`,
    html_url: `${repositoryHtmlUrl(context)}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    commit: {
      url: `${repositoryUrl(context)}/git/commits/${commit.sha}`,
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      comment_count: 0,
      tree: { sha: commit.tree, url: `${repositoryUrl(context)}/git/trees/${commit.tree}` },
    },
    author: null,
    committer: null,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${repositoryUrl(context)}/commits/${sha}`,
      html_url: `${repositoryHtmlUrl(context)}/commit/${sha}`,
    })),
  };
}

/** A `diff-entry`, without its patch. */
export function renderFileChange(context: Context, head: string, change: GitFileChange) {
  const file = change.filename.split('/').map(encodeURIComponent).join('/');
  return {
    sha: null,
    filename: change.filename,
    status: change.status,
    additions: change.additions,
    deletions: change.deletions,
    changes: change.additions + change.deletions,
    blob_url: `${repositoryHtmlUrl(context)}/blob/${head}/${file}`,
    raw_url: `${repositoryHtmlUrl(context)}/raw/${head}/${file}`,
    contents_url: `${repositoryUrl(context)}/contents/${file}?ref=${head}`,
    ...(change.previousFilename === undefined ? {} : { previous_filename: change.previousFilename }),
  };
}
