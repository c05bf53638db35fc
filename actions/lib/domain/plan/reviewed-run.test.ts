import { describe, expect, it } from 'vitest';
import { pullRequestOf, reviewedRun } from './reviewed-run.ts';

const [merge, head, other] = ['a'.repeat(40), 'b'.repeat(40), 'c'.repeat(40)];

describe('pullRequestOf', () => {
  const pull = (number: number, mergeCommitSha: string | undefined, mergedAt: number | undefined) => ({
    number,
    headSha: head,
    mergeCommitSha,
    mergedAt,
  });

  it('is the one whose merge the commit is', () => {
    expect(pullRequestOf(merge, [pull(1, other, 9), pull(2, merge, 5)])?.number).toBe(2);
  });

  it('is the one merged last where a rebase made several commits', () => {
    expect(pullRequestOf(merge, [pull(1, other, 5), pull(2, other, 9)])?.number).toBe(2);
  });

  it('is none that was not merged, whatever it calls its merge commit', () => {
    expect(pullRequestOf(merge, [pull(1, merge, undefined)])).toBeUndefined();
  });
});

describe('reviewedRun', () => {
  const run = (id: number, more: object = {}) => ({
    id,
    event: 'pull_request',
    headSha: head,
    conclusion: 'success',
    createdAt: id,
    ...more,
  });

  it('is the newest that ended well', () => {
    expect(reviewedRun(head, [run(1), run(3, { conclusion: 'failure' }), run(2)])?.id).toBe(2);
  });

  it.each([{ headSha: other }, { event: 'push' }, { event: 'workflow_dispatch' }, { conclusion: undefined }])(
    'is none with %j',
    (more) => {
      expect(reviewedRun(head, [run(1, more)])).toBeUndefined();
    },
  );
});
