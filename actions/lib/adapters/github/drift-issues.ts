import { z } from 'zod';
import { isSameBody } from '../../domain/text/markdown.ts';
import type { DriftIssue, DriftIssues } from '../../ports/drift-issues.ts';
import type { GithubClient } from './client.ts';
import { createComment } from './comments.ts';

const PERMISSION = 'issues: write';
const LABEL = 'drift';

const issue = z.looseObject({
  number: z.number(),
  body: z.string().nullish(),
  html_url: z.string(),
  pull_request: z.unknown().optional(),
  user: z.looseObject({ login: z.string() }).nullish(),
});

/** Issues by GitHub's REST API, found by label, marker and that a machine wrote them. */
export function createDriftIssues(client: GithubClient): DriftIssues {
  const { repository, call } = client;
  const { rest, paginate } = client.octokit;
  const find = async (matches: (found: DriftIssue) => boolean): Promise<DriftIssue | undefined> => {
    const query = { ...repository, state: 'open', labels: LABEL, per_page: 100 } as const;
    const all = await paginate(rest.issues.listForRepo, query);
    return all
      .map((item) => issue.parse(item))
      .filter(({ pull_request, user }) => pull_request === undefined && user?.login.endsWith('[bot]') === true)
      .map(toIssue)
      .findLast(matches);
  };
  return {
    find: async (marker) =>
      await call(
        'list the open issues about drift',
        PERMISSION,
        async () => await find(({ body }) => body.includes(marker)),
      ),
    create: async (title, body) =>
      await client.create('open an issue about drift', PERMISSION, {
        create: async () => {
          const { data } = await rest.issues.create({ ...repository, title, body, labels: [LABEL] });
          return toIssue(issue.parse(data));
        },
        find: async () => await find((found) => isSameBody(found.body, body)),
      }),
    update: async (number, body) => {
      await call(
        `update issue ${number}`,
        PERMISSION,
        async () => await rest.issues.update({ ...repository, issue_number: number, body }),
      );
    },
    close: async (number, comment) => {
      await createComment(client, number, comment, PERMISSION);
      await call(`close issue ${number}`, PERMISSION, async () => {
        await rest.issues.update({ ...repository, issue_number: number, state: 'closed', state_reason: 'completed' });
      });
    },
  };
}

function toIssue({ number, body, html_url }: z.output<typeof issue>): DriftIssue {
  return { number, body: body ?? '', url: html_url };
}
