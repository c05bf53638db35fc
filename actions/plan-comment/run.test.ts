import { describe, expect, it } from 'vitest';
import type { PlanSummary } from '../lib/domain/plan/summary.ts';
import type { PlanComments, PullRequestComment } from '../lib/ports/plan-comments.ts';
import type { PlanCommentInputs } from './inputs.ts';
import { failureOf } from './report.ts';
import { runPlanComment, type PlanCommentResult } from './run.ts';

const headSha = 'a'.repeat(40);
const author = 'github-actions[bot]';

const inputs: PlanCommentInputs = {
  mode: 'render',
  'not-configured': [],
  'pull-request': 5,
  'summaries-directory': 'plan-summaries',
  environments: ['dev', 'staging'],
  'head-sha': headSha,
  'base-sha': 'b'.repeat(40),
  'base-branch': 'main',
  'comment-author': author,
  'github-token': 'token',
};

function summary(environment: string, more: Partial<PlanSummary> = {}): PlanSummary {
  return {
    format: 1,
    environment,
    promotionOrder: 1,
    headSha,
    baseSha: null,
    run: { id: 9, attempt: 1 },
    terraformVersion: '1.11.4',
    result: {
      kind: 'planned',
      release: { kind: 'none' },
      serving: null,
      counts: { create: 1, update: 0, replace: 0, delete: 0, import: 0, move: 0, forget: 0, read: 0 },
      resources: [
        {
          address: 'aws_iam_policy.p',
          type: 'aws_iam_policy',
          mode: 'managed',
          action: 'create',
          previousAddress: null,
          importId: null,
          deposed: false,
          attributes: [],
        },
      ],
      drift: [],
      outputs: [],
      statements: [],
      warnings: [{ id: 'wildcard-iam', subject: 'aws_iam_policy.p', found: 'a statement allows *' }],
      diagnostics: [],
    },
    ...more,
  };
}

interface Happened {
  readonly result: PlanCommentResult;
  readonly comments: readonly PullRequestComment[];
  readonly warnings: readonly string[];
}

async function run(
  summaries: readonly PlanSummary[],
  {
    headNow = headSha,
    description = '',
    writesAs = author,
  }: { headNow?: string; description?: string; writesAs?: string } = {},
): Promise<Happened> {
  const all: PullRequestComment[] = [];
  const warnings: string[] = [];
  const comments: PlanComments = {
    pullRequest: (number) => Promise.resolve({ number, headSha: headNow, description }),
    openPullRequests: () => Promise.resolve([]),
    list: () => Promise.resolve([...all]),
    create: (_, body) => {
      const created = { id: all.length + 1, nodeId: 'n', author: writesAs, body, url: 'https://github.example/c/1' };
      all.push(created);
      return Promise.resolve(created);
    },
    update: () => Promise.reject(new Error('nothing is to be updated here')),
    remove: () => Promise.reject(new Error('nothing is to be removed here')),
    minimise: () => Promise.resolve(),
    unminimise: () => Promise.resolve(),
  };
  const silent = (): void => undefined;
  const reporter = { info: silent, debug: silent, error: silent, warning: (text: string) => void warnings.push(text) };
  const context = {
    summaries,
    run: { id: 9, attempt: 1 },
    links: { repositoryUrl: 'https://github.example/acme/models' },
  };
  return { result: await runPlanComment(inputs, context, { comments, reporter }), comments: all, warnings };
}

describe('runPlanComment', () => {
  it('writes one comment for all environments, and names the one that is missing', async () => {
    const { result, comments } = await run([summary('dev')]);
    expect(result).toMatchObject({ state: 'created', commentUrl: 'https://github.example/c/1' });
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toContain('`staging` has **no plan**');
    expect(result.summary).toContain('### `dev`: 1 to create');
  });

  it('fails until the warning is accepted in the description', async () => {
    const open = await run([summary('dev'), summary('staging')]);
    expect(open.result.unaccepted).toEqual(['wildcard-iam dev', 'wildcard-iam staging']);
    expect(failureOf(open.result)?.message).toContain('Accept-Plan-Warning: wildcard-iam dev REASON');
    const description = 'Accept-Plan-Warning: wildcard-iam dev so\nAccept-Plan-Warning: wildcard-iam staging so';
    const accepted = await run([summary('dev'), summary('staging')], { description });
    expect(failureOf(accepted.result)).toBeUndefined();
  });

  it('writes nothing when the pull request has moved on', async () => {
    const { result, comments, warnings } = await run([summary('dev')], { headNow: 'c'.repeat(40) });
    expect(result.state).toBe('outdated');
    expect(comments).toEqual([]);
    expect(warnings[0]).toContain('has moved from');
  });

  it('leaves out the summary of another commit', async () => {
    const { comments, warnings } = await run([summary('dev', { headSha: 'd'.repeat(40) }), summary('staging')]);
    expect(comments[0]?.body).toContain('`dev` has **no plan**');
    expect(warnings[0]).toContain('The summary of dev was made for');
  });

  it('says which comment-author to set where the token writes as somebody else', async () => {
    const { warnings } = await run([summary('dev'), summary('staging')], { writesAs: 'our-app[bot]' });
    expect(warnings[0]).toContain('set comment-author to our-app[bot]');
  });
});
