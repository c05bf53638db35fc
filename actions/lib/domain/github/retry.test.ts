import { describe, expect, it } from 'vitest';
import { isRateLimit, retryDelayMilliseconds, type FailedCall } from './retry.ts';

function call(more: Partial<FailedCall>): FailedCall {
  return { status: 500, message: '', retryAfterSeconds: undefined, resetInSeconds: undefined, ...more };
}

describe('retryDelayMilliseconds', () => {
  it.each<[string, Partial<FailedCall>, number, number | undefined]>([
    ['a server error, at first', { status: 502 }, 1, 1_000],
    ['a server error, the third time', { status: 502 }, 3, 4_000],
    ['a server error, the fifth time', { status: 502 }, 5, undefined],
    ['no answer at all', { status: undefined }, 1, 1_000],
    ['a server that says when', { status: 503, retryAfterSeconds: 7 }, 1, 7_000],
    ['a secondary limit', { status: 403, retryAfterSeconds: 30 }, 1, 30_000],
    ['a secondary limit without a time', { status: 403, message: 'secondary rate limit' }, 1, 60_000],
    ['a primary limit that is filled up soon', { status: 429, resetInSeconds: 20 }, 1, 20_000],
    ['a limit that outlasts a job', { status: 429, retryAfterSeconds: 3_600 }, 1, undefined],
    ['a permission that is missing', { status: 403, message: 'Resource not accessible' }, 1, undefined],
    ['a thing that is not there', { status: 404 }, 1, undefined],
    ['a body that is not valid', { status: 422 }, 1, undefined],
  ])('%s', (_, failed, attempt, expected) => {
    expect(retryDelayMilliseconds(call(failed), attempt, 0)).toBe(expected);
  });

  it('spreads jobs that failed together', () => {
    expect(retryDelayMilliseconds(call({}), 1, 0.5)).toBe(1_500);
  });
});

describe('isRateLimit', () => {
  it('tells too many calls from a permission that is missing', () => {
    expect(isRateLimit(call({ status: 403, message: 'Resource not accessible by integration' }))).toBe(false);
    expect(isRateLimit(call({ status: 403, message: 'You have exceeded a secondary rate limit' }))).toBe(true);
  });
});
