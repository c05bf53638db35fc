import { describe, expect, it } from 'vitest';
import type { ReviewSummary } from '../lib/domain/model-review/summary.ts';
import type { AcceptanceFacts, PullRequestReview } from '../lib/domain/plan/policy-acceptance.ts';
import type { PlanSummary } from '../lib/domain/plan/summary.ts';
import type { PlanComments, PullRequestComment } from '../lib/ports/plan-comments.ts';
import type { PlanCommentInputs } from './inputs.ts';
import { failureOf } from './report.ts';
import { runPlanComment, type PlanCommentResult } from './run.ts';

const headSha = 'a'.repeat(40);
const author = 'github-actions[bot]';

const inputs: PlanCommentInputs = {
  mode: 'render',
  'plan-result': 'success',
  workflow: 'pull-request.yml',
  'not-configured': [],
  'pull-request': 5,
  'summaries-directory': 'statements',
  environments: ['dev', 'staging'],
  'reviews-directory': 'reviews',
  reviews: [],
  'review-result': 'success',
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

const QUIET: PlanSummary['result'] = { kind: 'failed', step: 'init', diagnostics: [] };
const NOBODY_ELSE: AcceptanceFacts = { headSha, authors: ['ada'], reviews: [], writers: ['ada'], description: '' };
const review = (reviewer: string, more: Partial<PullRequestReview> = {}): PullRequestReview => ({
  ...{ reviewer, isPerson: true, state: 'approved', commitSha: headSha },
  ...more,
});

interface Happened {
  readonly result: PlanCommentResult;
  readonly comments: readonly PullRequestComment[];
  readonly warnings: readonly string[];
}

async function run(
  summaries: readonly PlanSummary[],
  {
    headNow = headSha,
    writesAs = author,
    facts = {},
    more = {},
    attempt = 1,
    reviews = [],
  }: {
    headNow?: string;
    writesAs?: string;
    facts?: Partial<AcceptanceFacts>;
    more?: Partial<PlanCommentInputs>;
    attempt?: number;
    reviews?: readonly ReviewSummary[];
  } = {},
): Promise<Happened> {
  const all: PullRequestComment[] = [];
  const warnings: string[] = [];
  const comments: PlanComments = {
    pullRequest: (number) => Promise.resolve({ number, headSha: headNow }),
    openPullRequests: () => Promise.resolve([]),
    changedFiles: () => Promise.resolve([]),
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
    reviews,
    sources: [],
    run: { id: 9, attempt },
    links: { repositoryUrl: 'https://github.example/acme/models' },
  };
  const ports = {
    comments,
    reporter,
    clock: { now: () => 0 },
    runs: { ofHead: () => Promise.resolve([]), pushedAt: () => Promise.resolve(undefined) },
    acceptances: { read: () => Promise.resolve({ ...NOBODY_ELSE, ...facts }) },
  };
  return { result: await runPlanComment({ ...inputs, ...more }, context, ports), comments: all, warnings };
}

describe('runPlanComment', () => {
  it('writes one comment for all environments, and names the one that is missing', async () => {
    const { result, comments } = await run([summary('dev')]);
    expect(result).toMatchObject({ state: 'created', commentUrl: 'https://github.example/c/1' });
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toContain('`staging` has **no plan**');
    expect(result.summary).toContain('### `dev`: 1 to create');
  });

  it('fails until the warning is accepted, by the only person who may write in the description', async () => {
    const open = await run([summary('dev'), summary('staging')]);
    expect(open.result.unaccepted).toEqual(['wildcard-iam dev', 'wildcard-iam staging']);
    expect(failureOf(open.result)?.message).toContain('Accept-Plan-Warning: wildcard-iam dev REASON');
    const description = 'Accept-Plan-Warning: wildcard-iam dev so\nAccept-Plan-Warning: wildcard-iam staging so';
    const accepted = await run([summary('dev'), summary('staging')], { facts: { description } });
    expect(failureOf(accepted.result)).toBeUndefined();
    expect(accepted.comments[0]?.body).toContain('by the author, as nobody else may write here: so');
  });

  const description = 'Accept-Plan-Warning: wildcard-iam dev so';
  const both = ['ada', 'grace'];

  it.each<[string, Partial<AcceptanceFacts>, boolean]>([
    ['an approval of the head by somebody else', { reviews: [review('grace')], writers: both }, true],
    [
      'an approval of an earlier commit',
      { reviews: [review('grace', { commitSha: 'd'.repeat(40) })], writers: both },
      false,
    ],
    ['an approval by somebody who may not write', { reviews: [review('mallory')], writers: both }, false],
    ['an approval by a bot', { reviews: [review('grace', { isPerson: false })], writers: both }, false],
    ['an approval by the author', { reviews: [review('ada')], writers: both }, false],
    [
      'an approval by somebody who pushed to the branch of a bot',
      { authors: ['github-actions[bot]', 'grace'], reviews: [review('grace')], writers: both },
      false,
    ],
    ['an approval that was dismissed', { reviews: [review('grace', { state: 'dismissed' })], writers: both }, false],
    [
      'an approval with a later request for changes',
      { reviews: [review('grace'), review('grace', { state: 'changes-requested' })], writers: both },
      false,
    ],
    [
      'an approval with a later comment',
      { reviews: [review('grace'), review('grace', { state: 'commented' })], writers: both },
      true,
    ],
    ['a line of the author where somebody else may write', { writers: both, description }, false],
    ['a line of an author of two, who wrote all of it together', { authors: both, writers: both, description }, false],
    ['a line of the author where nobody else may write', { description }, true],
    ['an approval of a bot pull request by the only person', { authors: ['bot[bot]'], reviews: [review('ada')] }, true],
  ])('takes %s for an acceptance: %s', async (_, facts, accepted) => {
    const { result } = await run([summary('dev'), summary('staging', { result: QUIET })], { facts });
    expect(result.unaccepted).toEqual(accepted ? [] : ['wildcard-iam dev']);
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

  it.each<[string, number, PlanCommentInputs['plan-result'], boolean]>([
    ['of this attempt', 2, 'failure', true],
    ['of an earlier attempt whose job was not run again, as it had succeeded', 1, 'success', true],
    ['of an earlier attempt, with a job that failed since', 1, 'failure', false],
    ['of an earlier attempt, with a job that was cancelled since', 1, 'cancelled', false],
    ['of an earlier attempt, and nobody says how the jobs ended', 1, '', false],
    ['of a later attempt', 3, 'success', false],
  ])('shows a summary %s: attempt %i of 2 after %j, %s', async (_, made, planResult, shown) => {
    const old = summary('dev', { run: { id: 9, attempt: made } });
    const { comments } = await run([old], { attempt: 2, more: { environments: ['dev'], 'plan-result': planResult } });
    expect(comments[0]?.body.includes('`dev` has **no plan**')).toBe(!shown);
  });

  it('shows the newest of two attempts, in whichever order they come, and none of another run', async () => {
    const [old, now] = [1, 2].map((attempt) =>
      summary('dev', { run: { id: 9, attempt }, terraformVersion: `1.0.${String(attempt)}` }),
    );
    const other = summary('staging', { run: { id: 8, attempt: 1 } });
    for (const summaries of [
      [old, now, other],
      [now, old, other],
    ]) {
      const { result, comments } = await run(
        summaries.filter((each) => each !== undefined),
        { attempt: 2 },
      );
      expect(result.summary).toContain('### `dev`');
      expect(comments[0]?.body).toContain('`staging` has **no plan**');
    }
  });

  describe('with reviews of models', () => {
    const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
    const side = (letter: string) => ({ digest: digest(letter), bytes: 1, decisions: {} });
    const modelReview = (service: string, more: Partial<ReviewSummary> = {}): ReviewSummary => ({
      ...{ format: 1, service, headSha, baseSha: 'b'.repeat(40), run: { id: 9, attempt: 1 } },
      result: {
        kind: 'compared',
        review: {
          ...{ service, base: side('a'), head: side('b'), rows: { 'smoke case': 4 }, rowCount: 4, notAskedCount: 0 },
          ...{ comparedCount: 4, labelledCount: 4, changedLabelCount: 3 },
          transitions: [{ before: 'a', after: 'b', count: 3 }],
          scores: { differing: 0, median: 0, p99: 0, largest: 0 },
          ...{ histogram: [], nonFiniteCount: 0, answeredNowCount: 0, moved: [], latency: null, exceeded: [] },
          ...{ refusedNow: { count: 0, shown: [] }, otherForm: { count: 0, shown: [] }, tolerance: 0.00001 },
          signature: [{ kind: 'input-new', name: 'age', before: '', after: 'FP32[any]' }],
        },
      },
      ...more,
    });
    const reviewing = { environments: [], reviews: ['scoring', 'ranking'] };
    const quiet = { more: reviewing, reviews: [modelReview('scoring')] };

    it('leads with what answers change, and names the service whose review is missing', async () => {
      const { comments } = await run([], { ...quiet, more: { ...reviewing, reviews: ['scoring'] } });
      expect(comments[0]?.body.split('\n')[1]).toBe(
        "## Model review: input `age` is new: callers that don't send it get 422",
      );
      expect(comments[0]?.body).toContain('- 3 of 4 rows change their label (3 `a` → `b`)');
      const missing = (await run([], quiet)).comments[0]?.body;
      expect(missing).toContain('## Model review: failed for 1 of 2');
      expect(missing).toContain('`ranking` has **no review**');
    });

    it('shows plans and reviews in one comment', async () => {
      const more = { environments: ['dev'], reviews: ['scoring'] };
      const { comments } = await run([summary('dev')], { reviews: [modelReview('scoring')], more });
      expect(comments[0]?.body).toMatch(/^## Model review: .* · Plan: changes in 1 environment$/m);
    });

    it('fails until a change that breaks callers is accepted, as a warning of a plan is', async () => {
      const open = await run([], quiet);
      expect(open.result.unaccepted).toEqual(['input-new scoring']);
      expect(failureOf(open.result)?.message).toContain('Accept-Plan-Warning: input-new scoring REASON');
      const description = 'Accept-Plan-Warning: input-new scoring all callers send it';
      const accepted = await run([], { ...quiet, facts: { description } });
      expect(failureOf(accepted.result)).toBeUndefined();
      expect(accepted.comments[0]?.body).toContain('by the author, as nobody else may write here: all callers send it');
      const reviewed = await run([], { ...quiet, facts: { reviews: [review('grace')], writers: both } });
      expect(reviewed.result.unaccepted).toEqual([]);
    });

    it.each<[string, Partial<ReviewSummary>, PlanCommentInputs['review-result']]>([
      ['of another commit', { headSha: 'd'.repeat(40) }, 'success'],
      ['of another run', { run: { id: 8, attempt: 1 } }, 'success'],
      ['of an earlier attempt, with a job that failed since', { run: { id: 9, attempt: 0 } }, 'failure'],
    ])('leaves out a review %s', async (_, other, result) => {
      const more = { ...reviewing, reviews: ['scoring'], 'review-result': result };
      const { comments } = await run([], { more, reviews: [modelReview('scoring', other)] });
      expect(comments[0]?.body).toContain('`scoring` has **no review**');
    });

    it('keeps to the limit of a comment with reviews of 200 services', async () => {
      const names = Array.from({ length: 200 }, (_, index) => `service-${String(index)}`);
      const { comments } = await run([], {
        more: { ...reviewing, reviews: names },
        reviews: names.map((name) => modelReview(name)),
      });
      expect(comments[0]?.body.length).toBeLessThanOrEqual(65_536);
      expect(comments[0]?.body).toMatch(/\d+ items are not shown here/);
    });
  });

  it('says which comment-author to set where the token writes as somebody else', async () => {
    const { warnings } = await run([summary('dev'), summary('staging')], { writesAs: 'our-app[bot]' });
    expect(warnings[0]).toContain('set comment-author to our-app[bot]');
  });
});
