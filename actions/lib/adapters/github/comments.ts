import { z } from 'zod';
import { isSameBody } from '../../domain/text/markdown.ts';
import type { PlanComments, PullRequestComment } from '../../ports/plan-comments.ts';
import { statusOf, type GithubClient } from './client.ts';

const PERMISSION = 'pull-requests: write';

const comment = z.looseObject({
  id: z.number(),
  node_id: z.string(),
  body: z.string().nullish(),
  html_url: z.string().default(''),
  user: z.looseObject({ login: z.string() }).nullish(),
});

// https://docs.github.com/rest/pulls/pulls#list-pull-requests-files
const MOST_FILES = 3_000;
const file = z.looseObject({ filename: z.string(), previous_filename: z.string().optional() });

const pull = z.looseObject({
  number: z.number(),
  head: z.looseObject({ sha: z.string() }),
});

/** Comments by GitHub's REST API; only the GraphQL API can hide them. */
export function createPlanComments(client: GithubClient): PlanComments {
  const { octokit, repository, call } = client;
  const { rest, paginate } = octokit;
  return {
    pullRequest: async (number) =>
      await call(`give pull request ${String(number)}`, PERMISSION, async () => {
        const { data } = await rest.pulls.get({ ...repository, pull_number: number });
        return toPull(data);
      }),
    openPullRequests: async (base) =>
      await call('list the open pull requests', PERMISSION, async () => {
        const all = await paginate(rest.pulls.list, { ...repository, state: 'open', base, per_page: 100 });
        return all.map(toPull);
      }),
    changedFiles: async (number) =>
      await call(`list the files of pull request ${String(number)}`, PERMISSION, async () => {
        const query = { ...repository, pull_number: number, per_page: 100 };
        const files = (await paginate(rest.pulls.listFiles, query)).map((item) => file.parse(item));
        if (files.length >= MOST_FILES) return undefined;
        return files.flatMap(({ filename, previous_filename: older }) => [
          filename,
          ...(older === undefined ? [] : [older]),
        ]);
      }),
    list: async (number) =>
      await call(
        `list the comments of pull request ${String(number)}`,
        PERMISSION,
        async () => await listComments(client, number),
      ),
    create: async (number, body) => await createComment(client, number, body, PERMISSION),
    update: async (id, body) =>
      await call(`update comment ${String(id)}`, PERMISSION, async () => {
        const { data } = await rest.issues.updateComment({ ...repository, comment_id: id, body });
        return toComment(data);
      }),
    remove: async (id) => {
      await call(`delete comment ${String(id)}`, PERMISSION, async () => {
        try {
          await rest.issues.deleteComment({ ...repository, comment_id: id });
        } catch (error) {
          if (statusOf(error) !== 404) throw error;
        }
      });
    },
    minimise: async (nodeId) => {
      await call('hide the comment', PERMISSION, async () => {
        await octokit.graphql(
          `mutation($input: MinimizeCommentInput!) { minimizeComment(input: $input) { minimizedComment { isMinimized } } }`,
          { input: { subjectId: nodeId, classifier: 'OUTDATED' } },
        );
      });
    },
    unminimise: async (nodeId) => {
      await call('show the comment again', PERMISSION, async () => {
        await octokit.graphql(
          `mutation($input: UnminimizeCommentInput!) { unminimizeComment(input: $input) { unminimizedComment { isMinimized } } }`,
          { input: { subjectId: nodeId } },
        );
      });
    },
  };
}

/** Creates a comment on an issue or a pull request, once. */
export async function createComment(
  client: GithubClient,
  number: number,
  body: string,
  permission: string,
): Promise<PullRequestComment> {
  return await client.create(`create the comment on #${String(number)}`, permission, {
    create: async () => {
      const comment = { ...client.repository, issue_number: number, body };
      const { data } = await client.octokit.rest.issues.createComment(comment);
      return toComment(data);
    },
    find: async () => (await listComments(client, number)).findLast((found) => isSameBody(found.body, body)),
  });
}

async function listComments(
  { octokit, repository }: GithubClient,
  number: number,
): Promise<readonly PullRequestComment[]> {
  const query = { ...repository, issue_number: number, per_page: 100 };
  return (await octokit.paginate(octokit.rest.issues.listComments, query)).map(toComment);
}

function toComment(data: unknown): PullRequestComment {
  const { id, node_id, body, html_url, user } = comment.parse(data);
  return { id, nodeId: node_id, body: body ?? '', url: html_url, author: user?.login ?? '' };
}

function toPull(data: unknown): { number: number; headSha: string } {
  const { number, head } = pull.parse(data);
  return { number, headSha: head.sha };
}
