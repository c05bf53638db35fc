import { z } from 'zod';
import { isRateLimit, retryDelayMilliseconds } from '../../domain/github/retry.ts';
import { UncertainCreation, type PlanComments, type PullRequestComment } from '../../ports/plan-comments.ts';
import { createGithubClient, failedCall, refused, type GithubClientOptions } from './client.ts';

const PERMISSION = 'pull-requests: write';

const comment = z.looseObject({
  id: z.number(),
  node_id: z.string(),
  body: z.string().nullish(),
  html_url: z.string().default(''),
  user: z.looseObject({ login: z.string() }).nullish(),
});

const pull = z.looseObject({
  number: z.number(),
  body: z.string().nullish(),
  head: z.looseObject({ sha: z.string() }),
});

/** Comments by GitHub's REST API; hiding them is something only its GraphQL API can. */
export function createPlanComments(options: GithubClientOptions): PlanComments {
  const { octokit, repository, retrying } = createGithubClient(options);
  const { rest, paginate } = octokit;
  return {
    pullRequest: async (number) =>
      await retrying(`give pull request ${String(number)}`, PERMISSION, async () => {
        const { data } = await rest.pulls.get({ ...repository, pull_number: number });
        return toPull(data);
      }),
    openPullRequests: async (base) =>
      await retrying('list the open pull requests', PERMISSION, async () => {
        const all = await paginate(rest.pulls.list, { ...repository, state: 'open', base, per_page: 100 });
        return all.map(toPull);
      }),
    list: async (number) =>
      await retrying(`list the comments of pull request ${String(number)}`, PERMISSION, async () => {
        const all = await paginate(rest.issues.listComments, { ...repository, issue_number: number, per_page: 100 });
        return all.map(toComment);
      }),
    create: async (number, body) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const { data } = await rest.issues.createComment({ ...repository, issue_number: number, body });
          return toComment(data);
        } catch (error) {
          const failed = failedCall(error, options.clock.now());
          if (failed === undefined) throw error;
          // An answer that is lost says nothing on whether the comment is there: trying again could make a second one.
          if (failed.status === undefined || failed.status >= 500) throw new UncertainCreation(error);
          const delay = retryDelayMilliseconds(failed, attempt, options.random());
          if (delay === undefined || !isRateLimit(failed)) {
            throw refused(`create the comment on pull request ${String(number)}`, PERMISSION, error);
          }
          await options.clock.sleep(delay, options.signal);
        }
      }
    },
    update: async (id, body) =>
      await retrying(`update comment ${String(id)}`, PERMISSION, async () => {
        const { data } = await rest.issues.updateComment({ ...repository, comment_id: id, body });
        return toComment(data);
      }),
    remove: async (id) => {
      await retrying(`delete comment ${String(id)}`, PERMISSION, async () => {
        try {
          await rest.issues.deleteComment({ ...repository, comment_id: id });
        } catch (error) {
          if (failedCall(error, options.clock.now())?.status !== 404) throw error;
        }
      });
    },
    minimise: async (nodeId) => {
      await retrying('hide the comment', PERMISSION, async () => {
        await octokit.graphql(
          `mutation($input: MinimizeCommentInput!) { minimizeComment(input: $input) { minimizedComment { isMinimized } } }`,
          { input: { subjectId: nodeId, classifier: 'OUTDATED' } },
        );
      });
    },
    unminimise: async (nodeId) => {
      await retrying('show the comment again', PERMISSION, async () => {
        await octokit.graphql(
          `mutation($input: UnminimizeCommentInput!) { unminimizeComment(input: $input) { unminimizedComment { isMinimized } } }`,
          { input: { subjectId: nodeId } },
        );
      });
    },
  };
}

function toComment(data: unknown): PullRequestComment {
  const { id, node_id, body, html_url, user } = comment.parse(data);
  return { id, nodeId: node_id, body: body ?? '', url: html_url, author: user?.login ?? '' };
}

function toPull(data: unknown): { number: number; headSha: string; description: string } {
  const { number, head, body } = pull.parse(data);
  return { number, headSha: head.sha, description: body ?? '' };
}
