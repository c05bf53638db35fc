import { describe, expect, it } from 'vitest';
import { parseSmokeFile, type SmokeFile } from '../domain/smoke/cases.ts';
import type { SmokeExpectation } from '../domain/smoke/check.ts';
import type { InvocationResult } from '../ports/invoker.ts';
import { recordBaseline, smokeTest, type SmokePorts } from './smoke-test.ts';

const GREEN = '0123456789ab';
const BLUE = 'ba9876543210';

function smokeFile(changes: object = {}): SmokeFile {
  return parseSmokeFile({
    path: 'smoke.json',
    text: JSON.stringify({
      warmUpRequests: 0,
      minimumRequests: 12,
      concurrency: 2,
      timeoutSeconds: 60,
      limits: { p50Milliseconds: null, p99Milliseconds: null, errorPercent: 10 },
      parity: { absolute: 0.5 },
      cases: ['one', 'two', 'three'].map((name) => ({
        name,
        request: { contentType: 'application/json', json: { name } },
        expect: { status: 200 },
      })),
      ...changes,
    }),
  });
}

const answered = (status = 200, releaseId = GREEN): InvocationResult => ({
  kind: 'answered',
  status,
  releaseId,
  body: Buffer.from('{}'),
  contentType: 'application/json',
  latencyMilliseconds: 1,
});
const unanswered = (kind: 'failed' | 'not-asked', message: string): InvocationResult => ({
  kind,
  message,
  latencyMilliseconds: 1,
});
const throttled = unanswered('not-asked', 'ThrottlingException');
const reset = unanswered('not-asked', 'ECONNRESET');
const internal = unanswered('failed', 'InternalFailure');

/** An endpoint that gives these answers first, and then one and the same; its wall clock steps at every reading. */
function portsOf(first: readonly InvocationResult[], then: InvocationResult = answered()): SmokePorts {
  const answers = [...first];
  let [elapsed, wall] = [0, 0];
  return {
    invoker: { invoke: () => Promise.resolve(answers.shift() ?? then) },
    clock: {
      now: () => (wall += 6 * 3_600_000),
      monotonic: () => elapsed,
      sleep: (milliseconds) => {
        elapsed += milliseconds;
        return Promise.resolve();
      },
    },
    signal: new AbortController().signal,
  };
}

const expectation = (file = smokeFile()): SmokeExpectation => ({
  file,
  releaseId: GREEN,
  parity: null,
  judgesLatency: false,
});
const withBudget = (errorPercent: number) =>
  smokeFile({ limits: { p50Milliseconds: null, p99Milliseconds: null, errorPercent } });

describe('a smoke test', () => {
  it.each([
    ['one call is throttled', [throttled], 10, 'successful'],
    ['one call is throttled and no error is allowed', [throttled], 0, 'successful'],
    ['the connection is reset once', [reset], 0, 'successful'],
    ['one call ends in an internal error, within the budget', [internal], 10, 'successful'],
    ['one call ends in an internal error and no error is allowed', [internal], 0, 'failed'],
    ['two calls end in internal errors, beyond the budget', [internal, internal], 10, 'failed'],
    ['one answer has the status 503, within the budget', [answered(503)], 10, 'successful'],
    ['some of everything fails, within the budget', [throttled, internal, reset], 10, 'successful'],
  ] as const)('asks again when %s', async (_when, first, errorPercent, verdict) => {
    const report = await smokeTest('e', expectation(withBudget(errorPercent)), portsOf(first));
    expect(report.verdict).toBe(verdict);
  });

  it('asks a case again whose only answer was a failure, so that it is not left without a verdict', async () => {
    const file = smokeFile({
      minimumRequests: 3,
      limits: { p50Milliseconds: null, p99Milliseconds: null, errorPercent: 50 },
    });
    const report = await smokeTest('e', expectation(file), portsOf([answered(503)]));
    expect(report.cases.map(({ result }) => result)).toEqual(['passed', 'passed', 'passed']);
    expect(report.verdict).toBe('successful');
  });

  it('gives up when no call reaches the endpoint', async () => {
    const report = await smokeTest('e', expectation(), portsOf([], unanswered('not-asked', 'AccessDeniedException')));
    expect(report.verdict).toBe('inconclusive');
    expect(report.reason).toContain('AccessDeniedException');
    expect(report.requests).toBeLessThan(12);
  });
});

describe('the baseline', () => {
  const subject = { endpointName: 'e', file: smokeFile(), only: null, isRequired: true };

  it('asks again when calls are throttled, reset or fail', async () => {
    const baseline = await recordBaseline(subject, portsOf([throttled, reset, internal, answered(500)]));
    expect(Object.values(baseline).map(({ kind }) => kind)).toEqual(['answered', 'answered', 'answered']);
  });

  it('is refused when a case cannot be asked', async () => {
    const recorded = recordBaseline(subject, portsOf([answered()], throttled));
    await expect(recorded).rejects.toThrow(/case "two"[\s\S]*ThrottlingException/);
  });

  it('goes without a case that cannot be asked where parity is not judged', async () => {
    const baseline = await recordBaseline({ ...subject, isRequired: false }, portsOf([answered()], throttled));
    expect(Object.keys(baseline)).toEqual(['one']);
  });

  it('records that the release before refused a case, or failed at it', async () => {
    const refused = await recordBaseline(subject, portsOf([answered(404)], internal));
    expect(Object.values(refused)).toMatchObject([
      { kind: 'refused', detail: 'status 404' },
      { kind: 'refused', detail: 'InternalFailure' },
      { kind: 'refused', detail: 'InternalFailure' },
    ]);
  });

  it('takes only the answers of the release before while two releases answer', async () => {
    const mixed = [answered(), answered(200, BLUE), answered()];
    const baseline = await recordBaseline({ ...subject, only: BLUE, isRequired: false }, portsOf(mixed));
    expect(Object.keys(baseline)).toEqual(['one']);
  });
});
