import { z } from 'zod';
import type { OpenPullRequest, ReleasePullRequests } from '../../ports/release-pull-requests.ts';
import { statusOf, type GithubClient } from './client.ts';
import { createComment } from './comments.ts';

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
export function createReleasePullRequests(client: GithubClient, baseBranch: string): ReleasePullRequests {
  const { repository, call } = client;
  const { rest, paginate } = client.octokit;
  const shaOf = async (branch: string): Promise<string | undefined> => {
    const { data: refs } = await rest.git.listMatchingRefs({ ...repository, ref: `heads/${branch}` });
    return refs.find(({ ref }) => ref === `refs/heads/${branch}`)?.object.sha;
  };
  return {
    readBase: async (path) =>
      await call(`read ${path} on ${baseBranch}`, 'contents: read', async () => {
        const { data: branch } = await rest.git.getRef({ ...repository, ref: `heads/${baseBranch}` });
        const commit = branch.object.sha;
        const { data } = await rest.repos.getContent({ ...repository, path, ref: commit });
        return { commit, text: Buffer.from(file.parse(data).content, 'base64').toString('utf8') };
      }),
    listOpen: async (branchPrefix) =>
      await call('list the open pull requests', PULLS, async () => {
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
      const sha = await call(`commit to ${branch}`, CONTENTS, async () => {
        const { data: base } = await rest.repos.getCommit({ ...repository, ref: baseCommit });
        const { data: tree } = await rest.git.createTree({
          ...repository,
          base_tree: base.commit.tree.sha,
          tree: [{ path, mode: '100644', type: 'blob', content: text }],
        });
        const commit = { ...repository, message, tree: tree.sha, parents: [baseCommit] };
        return (await rest.git.createCommit(commit)).data.sha;
      });
      await client.create(`write the branch ${branch}`, CONTENTS, {
        create: async () => {
          if ((await shaOf(branch)) === undefined) {
            await rest.git.createRef({ ...repository, ref: `refs/heads/${branch}`, sha });
          } else {
            await rest.git.updateRef({ ...repository, ref: `heads/${branch}`, sha, force: true });
          }
          return true;
        },
        find: async () => ((await shaOf(branch)) === sha ? true : undefined),
      });
    },
    create: async (branch, title, body) =>
      await client.create(`open the pull request of ${branch}`, PULLS, {
        create: async () => {
          const { data } = await rest.pulls.create({ ...repository, base: baseBranch, head: branch, title, body });
          return toPull(pull.parse(data));
        },
        find: async () => {
          const head = `${repository.owner}:${branch}`;
          const { data: open } = await rest.pulls.list({ ...repository, state: 'open', base: baseBranch, head });
          return open[0] === undefined ? undefined : toPull(pull.parse(open[0]));
        },
      }),
    update: async (number, title, body) => {
      await call(
        `update pull request ${number}`,
        PULLS,
        async () => await rest.pulls.update({ ...repository, pull_number: number, title, body }),
      );
    },
    close: async ({ number, branch }, reason) => {
      await createComment(client, number, reason, PULLS);
      await call(`close pull request ${number}`, PULLS, async () => {
        await rest.pulls.update({ ...repository, pull_number: number, state: 'closed' });
      });
      await call(`delete the branch ${branch}`, CONTENTS, async () => {
        try {
          await rest.git.deleteRef({ ...repository, ref: `heads/${branch}` });
        } catch (error) {
          // GitHub answers 422 where there is no such branch: an earlier attempt has deleted it.
          if (statusOf(error) !== 422) throw error;
        }
      });
    },
    isAfter: async (later, earlier) =>
      await call(`compare ${earlier} with ${later}`, 'contents: read', async () => {
        const { data } = await rest.repos.compareCommits({ ...repository, base: earlier, head: later });
        return data.status === 'ahead';
      }),
  };
}

function toPull({ number, head, title, body, html_url, user }: z.output<typeof pull>): OpenPullRequest {
  const isByActions = user?.login === 'github-actions[bot]';
  return { number, branch: head.ref, title, body: body ?? '', url: html_url, isByActions };
}
