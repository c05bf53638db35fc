import { expect, it } from 'vitest';
import { parseEnvironmentFile } from '../lib/domain/environment/environment.ts';
import type { ReviewSummary } from '../lib/domain/model-review/summary.ts';
import type { Release } from '../lib/domain/release/release.ts';
import { reviewOf } from '../lib/testing/model-review.ts';
import { VALID_ENVIRONMENT } from '../lib/testing/valid-environment.ts';
import { renderPromotionReview } from './body.ts';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const target = parseEnvironmentFile('dev', { path: 'environment.json', text: JSON.stringify(VALID_ENVIRONMENT) });

/** A release of the commit and image of a letter. */
function release(letter: string, modelDigest?: string, mounted?: string): Release {
  const model = mounted === undefined ? null : { uri: 's3://models/x/', digest: mounted };
  const recorded = modelDigest === undefined ? {} : { modelDigest };
  return {
    id: letter.repeat(12),
    spec: {
      ...{ image: `registry/scoring@${digest(letter)}`, model, instanceType: 'ml.m5.large' },
      ...{ instanceCount: 2, environment: {}, startupTimeoutSeconds: 300 },
    },
    source: { commit: letter.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: null, ...recorded },
  };
}

const BEFORE = release('a', digest('1'));
const AFTER = release('b', digest('2'));
const REVIEW = reviewOf({
  ...{ service: 'scoring', base: { sha: 'a'.repeat(40), digest: digest('1') } },
  head: { sha: 'b'.repeat(40), digest: digest('2') },
});
const render = (review: ReviewSummary | undefined, before: Release | undefined = BEFORE, after = AFTER): string =>
  renderPromotionReview({
    target,
    before,
    release: after,
    review,
    repositoryUrl: 'https://github.example/acme/models',
  });
const withResult = (result: ReviewSummary['result']): ReviewSummary => ({ ...REVIEW, result });

it('shows what callers of the environment will notice, and the run that found it out', () => {
  const text = render(REVIEW);
  expect(text).toMatch(
    /^### What it answers differently from what serves in dev\n\n\*\*3 of 40 rows change their label \(3 `setosa` → `virginica`\)\*\*/,
  );
  expect(text).toContain('2.1 → 3.4 MB');
  expect(text).toContain('(https://github.example/acme/models/actions/runs/7/attempts/2)');
});

it('says that the model is the same where only what runs it changed', () => {
  const pair = {
    base: { sha: 'a'.repeat(40), digest: digest('1') },
    head: { sha: 'b'.repeat(40), digest: digest('1') },
  };
  expect(render(reviewOf({ service: 'scoring', ...pair }), BEFORE, release('b', digest('1')))).toContain(
    'The model is the same to the digest; its server or dependencies changed.',
  );
});

it.each<[string, string, string]>([
  ['a model in S3 that is Git’s', digest('2'), '3 of 40 rows'],
  ['a model in S3 alone', digest('3'), `is promoted is \`${digest('3')}\`, and Git has \`${digest('2')}\``],
])('takes the digest of %s', (_, mounted, says) => {
  expect(render(REVIEW, BEFORE, release('b', undefined, mounted))).toContain(says);
});

it.each<[string, ReviewSummary | undefined, Release, Release, RegExp]>([
  ['there is none', undefined, BEFORE, AFTER, /the run made no review/],
  ['what serves has changed', REVIEW, release('c', digest('1')), AFTER, /about other commits/],
  ['what is promoted has changed', REVIEW, BEFORE, release('c', digest('2')), /about other commits/],
  ['what serves has another model', REVIEW, release('a', digest('9')), AFTER, /the model that serves is `sha256:999/],
  [
    'nobody recorded the model that serves',
    REVIEW,
    release('a'),
    AFTER,
    /does not record the digest of the model that se/,
  ],
  [
    'a commit is gone',
    withResult({ kind: 'not-compared', why: 'commit-missing', detail: 'that of the model before' }),
    ...[BEFORE, AFTER],
    /a commit is not in the history of the default branch \(`that of the model before`\)/,
  ] as [string, ReviewSummary, Release, Release, RegExp],
  [
    'Git has no model',
    withResult({ kind: 'not-compared', why: 'new-service', detail: '' }),
    BEFORE,
    AFTER,
    /not in Git/,
  ],
  [
    'it failed',
    withResult({ kind: 'failed', detail: 'hangs\n# x' }),
    BEFORE,
    AFTER,
    /could not be reviewed \(`hangs\\u\{a\}# x`\)/,
  ],
])('says in one line why it shows no review where %s', (_, review, before, after, why) => {
  const text = render(review, before, after);
  expect(text).toMatch(/^\*\*Not reviewed\*\* against what serves in dev: [^\n]+\.$/);
  expect(text).toMatch(why);
});

it('needs no review where nothing serves, or the same artifact does', () => {
  const first = { target, before: undefined, release: AFTER, review: undefined, repositoryUrl: '' };
  expect(renderPromotionReview(first)).toBe('**Not reviewed:** nothing serves in dev yet.');
  expect(render(undefined, BEFORE, { ...BEFORE, id: 'f'.repeat(12) })).toMatch(/^\*\*No answer differs:\*\*/);
});
