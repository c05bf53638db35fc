import type { ReviewFixture } from './review-fixture.ts';

/**
 * Merges pull requests as a merge queue does: one commit each, in one push.
 *
 * @param parents how each commit is made: squashed, or with the head as its second parent
 */
export async function mergeInQueue(
  { fixture: { github } }: ReviewFixture,
  numbers: readonly number[],
  parents: 'squash' | 'merge' = 'squash',
): Promise<void> {
  const { git, state } = github;
  const before = await head(github);
  let tip = before;
  for (const number of numbers) {
    const issue = state.issues.find((one) => one.number === number);
    const pull = issue?.pull;
    if (issue === undefined || pull === undefined) throw new Error(`there is no pull request ${String(number)}`);
    const tree = await git.mergeTree(tip, pull.headSha);
    if (tree === undefined) throw new Error(`pull request ${String(number)} conflicts`);
    const by = { name: 'github-merge-queue', email: 'queue@example.invalid', date: '2026-03-01T00:00:00Z' };
    tip = await git.writeCommit({
      ...{ tree, author: by, committer: by, message: `Merge ${String(number)}` },
      parents: parents === 'squash' ? [tip] : [tip, pull.headSha],
    });
    Object.assign(pull, { mergedAt: '2026-03-01T00:00:00Z', mergeSha: tip });
    issue.state = 'closed';
  }
  await git.git(['update-ref', 'refs/heads/main', tip, before]);
  const actor = { login: 'github-merge-queue[bot]', id: 9, type: 'Bot', startsWorkflows: true } as const;
  await github.announcePush('refs/heads/main', before, tip, actor);
}

/** Adds a commit with these files to a branch, as a person who pushes. */
export async function addCommit(
  { fixture: { github } }: ReviewFixture,
  branch: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const { git } = github;
  const before = (await git.resolve(`refs/heads/${branch}`)) ?? '';
  const blobs = Object.entries(files).map(async ([path, text]) => ({
    path,
    blob: await git.writeBlob(Buffer.from(text)),
  }));
  const by = { name: 'Grace', email: 'grace@example.invalid', date: '2026-03-01T00:00:00Z' };
  const tree = await git.writeTree(before, await Promise.all(blobs));
  const after = await git.writeCommit({ tree, parents: [before], author: by, committer: by, message: 'One more' });
  await git.git(['update-ref', `refs/heads/${branch}`, after, before]);
  const actor = { login: 'grace', id: 8, type: 'User', startsWorkflows: true } as const;
  await github.announcePush(`refs/heads/${branch}`, before, after, actor);
}

async function head(github: ReviewFixture['fixture']['github']): Promise<string> {
  return (await github.git.resolve('refs/heads/main')) ?? '';
}
