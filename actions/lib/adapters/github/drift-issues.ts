import { z } from 'zod';
import type { DriftIssue, DriftIssues } from '../../ports/drift-issues.ts';
import { createGithubClient, type GithubClientOptions } from './client.ts';

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
export function createDriftIssues(options: GithubClientOptions): DriftIssues {
  const client = createGithubClient(options);
  const { repository } = client;
  const { rest, paginate } = client.octokit;
  const find = async (marker: string): Promise<DriftIssue | undefined> =>
    await client.retrying('list the open issues about drift', PERMISSION, async () => {
      const all = await paginate(rest.issues.listForRepo, {
        ...repository,
        state: 'open',
        labels: LABEL,
        per_page: 100,
      });
      return all
        .map((item) => issue.parse(item))
        .filter(({ pull_request, user }) => pull_request === undefined && user?.login.endsWith('[bot]') === true)
        .filter(({ body }) => body?.includes(marker) === true)
        .map(toIssue)
        .at(-1);
    });
  return {
    find,
    create: async (title, body) =>
      await client.retrying('open an issue about drift', PERMISSION, async () => {
        const { data } = await rest.issues.create({ ...repository, title, body, labels: [LABEL] });
        return toIssue(issue.parse(data));
      }),
    update: async (number, body) => {
      await client.retrying(
        `update issue ${number}`,
        PERMISSION,
        async () => await rest.issues.update({ ...repository, issue_number: number, body }),
      );
    },
    close: async (number, comment) => {
      await client.retrying(`close issue ${number}`, PERMISSION, async () => {
        const { data } = await rest.issues.get({ ...repository, issue_number: number });
        if (data.state === 'closed') return;
        await rest.issues.createComment({ ...repository, issue_number: number, body: comment });
        await rest.issues.update({ ...repository, issue_number: number, state: 'closed', state_reason: 'completed' });
      });
    },
  };
}

function toIssue({ number, body, html_url }: z.output<typeof issue>): DriftIssue {
  return { number, body: body ?? '', url: html_url };
}
