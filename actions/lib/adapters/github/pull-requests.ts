import { z } from 'zod';
import type { OpenPullRequest, ReleasePullRequests } from '../../ports/release-pull-requests.ts';
import { createGithubClient, type GithubClientOptions } from './client.ts';

export interface ReleasePullRequestOptions extends GithubClientOptions {
  readonly baseBranch: string;
}

const CONTENTS = 'contents: write';
const PULLS = 'pull-requests: write';

const pull = z.looseObject({
  number: z.number(),
  title: z.string(),
  body: z.string().nullish(),
  html_url: z.string(),
  user: z.looseObject({ login: z.string() }).nullish(),
  head: z.looseObject({ ref: z.string(), repo: z.looseObject({ full_name: z.string() }).nullish() }),
});
const file = z.looseObject({ type: z.literal('file'), content: z.string() });

/** Pull requests by GitHub's REST API. A commit is made whole before a branch points to it, so no run sees a half of it. */
export function createReleasePullRequests(options: ReleasePullRequestOptions): ReleasePullRequests {
  const client = createGithubClient(options);
  const { repository } = client;
  const retrying: typeof client.retrying = async (...call) => await client.retrying(...call);
  const { rest, paginate } = client.octokit;
  const { baseBranch } = options;
  return {
    readBase: async (path) =>
      await retrying(`read ${path} on ${baseBranch}`, 'contents: read', async () => {
        const { data: branch } = await rest.git.getRef({ ...repository, ref: `heads/${baseBranch}` });
        const commit = branch.object.sha;
        const { data } = await rest.repos.getContent({ ...repository, path, ref: commit });
        return { commit, text: Buffer.from(file.parse(data).content, 'base64').toString('utf8') };
      }),
    listOpen: async (branchPrefix) =>
      await retrying('list the open pull requests', PULLS, async () => {
        const all = await paginate(rest.pulls.list, { ...repository, state: 'open', base: baseBranch, per_page: 100 });
        return (
          all
            .map((item) => pull.parse(item))
            .filter(({ head }) => head.ref.startsWith(branchPrefix))
            .filter(({ head }) => head.repo?.full_name === `${repository.owner}/${repository.repo}`)
            // A person's branch may have such a name too; only an app's pull requests are ours to change.
            .filter(({ user }) => user?.login.endsWith('[bot]') === true)
            .map(toPull)
        );
      }),
    writeBranch: async ({ branch, baseCommit, path, text, message }) => {
      await retrying(`write the branch ${branch}`, CONTENTS, async () => {
        const { data: base } = await rest.repos.getCommit({ ...repository, ref: baseCommit });
        const { data: tree } = await rest.git.createTree({
          ...repository,
          base_tree: base.commit.tree.sha,
          tree: [{ path, mode: '100644', type: 'blob', content: text }],
        });
        const { data: commit } = await rest.git.createCommit({
          ...repository,
          message,
          tree: tree.sha,
          parents: [baseCommit],
        });
        const { data: refs } = await rest.git.listMatchingRefs({ ...repository, ref: `heads/${branch}` });
        if (refs.some(({ ref }) => ref === `refs/heads/${branch}`)) {
          await rest.git.updateRef({ ...repository, ref: `heads/${branch}`, sha: commit.sha, force: true });
        } else {
          await rest.git.createRef({ ...repository, ref: `refs/heads/${branch}`, sha: commit.sha });
        }
      });
    },
    create: async (branch, title, body) =>
      await retrying(`open the pull request of ${branch}`, PULLS, async () => {
        // After a lost answer it may be there already.
        const head = `${repository.owner}:${branch}`;
        const { data: open } = await rest.pulls.list({ ...repository, state: 'open', base: baseBranch, head });
        if (open[0] !== undefined) return toPull(pull.parse(open[0]));
        const { data } = await rest.pulls.create({ ...repository, base: baseBranch, head: branch, title, body });
        return toPull(pull.parse(data));
      }),
    update: async (number, title, body) => {
      await retrying(
        `update pull request ${number}`,
        PULLS,
        async () => await rest.pulls.update({ ...repository, pull_number: number, title, body }),
      );
    },
    close: async ({ number, branch }, reason) => {
      await retrying(`close pull request ${number}`, PULLS, async () => {
        const { data } = await rest.pulls.get({ ...repository, pull_number: number });
        if (data.state !== 'open') return;
        await rest.issues.createComment({ ...repository, issue_number: number, body: reason });
        await rest.pulls.update({ ...repository, pull_number: number, state: 'closed' });
      });
      await retrying(`delete the branch ${branch}`, CONTENTS, async () => {
        const { data: refs } = await rest.git.listMatchingRefs({ ...repository, ref: `heads/${branch}` });
        if (refs.some(({ ref }) => ref === `refs/heads/${branch}`)) {
          await rest.git.deleteRef({ ...repository, ref: `heads/${branch}` });
        }
      });
    },
    isAfter: async (later, earlier) =>
      await retrying(`compare ${earlier} with ${later}`, 'contents: read', async () => {
        const { data } = await rest.repos.compareCommits({ ...repository, base: earlier, head: later });
        return data.status === 'ahead';
      }),
  };
}

function toPull({ number, head, title, body, html_url }: z.output<typeof pull>): OpenPullRequest {
  return { number, branch: head.ref, title, body: body ?? '', url: html_url };
}
