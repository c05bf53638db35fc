import { describe, expect, it } from 'vitest';
import { requestDigest, type Baseline } from './baseline.ts';
import { parseGoldenFile, parseSmokeFile, type SmokeFile } from './cases.ts';
import { judgeSmokeTest, type Probe, type SmokeExpectation } from './check.ts';

const MODEL = `sha256:${'a'.repeat(64)}`;
const RELEASE = '0123456789ab';

function smokeFile(changes: object = {}): SmokeFile {
  return parseSmokeFile({
    path: 'smoke.json',
    text: JSON.stringify({
      warmUpRequests: 0,
      minimumRequests: 4,
      concurrency: 1,
      timeoutSeconds: 10,
      limits: { p50Milliseconds: 50, p99Milliseconds: 100, errorPercent: 25 },
      parity: { absolute: 0.5 },
      cases: [
        {
          name: 'a row',
          request: { contentType: 'application/json', json: { features: [1] } },
          expect: { status: 200, outputs: { y: { value: [2], absolute: 0.1 } } },
        },
      ],
      ...changes,
    }),
  });
}

function expectation(changes: Partial<SmokeExpectation> = {}): SmokeExpectation {
  return { file: smokeFile(), releaseId: RELEASE, modelDigest: MODEL, parity: null, judgesLatency: true, ...changes };
}

const answer = (changes: Partial<Extract<Probe, { kind: 'answered' }>> = {}): Probe => ({
  kind: 'answered',
  status: 200,
  releaseId: RELEASE,
  body: '{"y":[2]}',
  latencyMilliseconds: 10,
  ...changes,
});
const times = (count: number, probe: Probe): Probe[] => Array.from({ length: count }, () => probe);
const failed: Probe = { kind: 'failed', message: 'ModelError: 500', latencyMilliseconds: 5 };
const notAsked: Probe = { kind: 'not-asked', message: 'AccessDeniedException', latencyMilliseconds: 5 };

/** A baseline in which the release before gave an answer to every case. */
function answeredBefore(body: string, file = smokeFile()): Baseline {
  return Object.fromEntries(
    file.cases.map((smoke) => [smoke.name, { kind: 'answered', request: requestDigest(smoke), body } as const]),
  );
}

function judge(probes: readonly Probe[], expected = expectation()) {
  const [smoke] = expected.file.cases;
  if (smoke === undefined) throw new Error('the file has no case');
  return judgeSmokeTest(
    expected,
    probes.map((probe) => ({ smoke, probe })),
  );
}

describe('the verdict of a smoke test', () => {
  it.each([
    ['successful', 'all answers are right', times(4, answer()), /4 requests answered by release/],
    ['successful', 'failures stay within the budget', [...times(6, answer()), failed], /6 requests/],
    ['failed', 'failures exceed the budget', [...times(4, answer()), failed, failed], /2 of 6 requests failed/],
    ['failed', '5XX answers exceed the budget', times(4, answer({ status: 503 })), /4 of 4 requests failed/],
    ['failed', 'one value is wrong', [...times(9, answer()), answer({ body: '{"y":[3]}' })], /y\[0\] is 3/],
    [
      'failed',
      'one answer comes from another release',
      [...times(9, answer()), answer({ releaseId: 'ffffffffffff' })],
      /answered by release ffffffffffff/,
    ],
    ['failed', 'an answer names no release', times(4, answer({ releaseId: undefined })), /no release-id/],
    [
      'failed',
      'a container has loaded another model',
      [...times(9, answer()), answer({ modelDigest: `sha256:${'f'.repeat(64)}` })],
      /loaded the model sha256:f{64}, expected sha256:a{64}/,
    ],
    ['successful', 'a container has loaded the model', times(4, answer({ modelDigest: MODEL })), /4 requests/],
    [
      'failed',
      'a status is wrong',
      times(4, answer({ status: 404, releaseId: undefined })),
      /status 404, expected 200/,
    ],
    ['failed', 'the median is too slow', times(4, answer({ latencyMilliseconds: 60 })), /p50 latency 60 ms/],
    [
      'failed',
      'the slowest are too slow',
      [...times(9, answer()), answer({ latencyMilliseconds: 101 })],
      /p99 latency 101 ms/,
    ],
    ['inconclusive', 'there are too few answers', times(3, answer()), /3 of at least 4/],
    ['inconclusive', 'the probe is broken', times(4, notAsked), /the probe itself fails: AccessDenied/],
    ['inconclusive', 'nothing was sent', [], /0 of at least 4/],
    [
      'failed',
      'an answer is wrong although the probe breaks too',
      [answer({ body: '{}' }), ...times(4, notAsked)],
      /nothing/,
    ],
  ] as const)('is %s when %s', (verdict, _when, probes, reason) => {
    const report = judge(probes);
    expect(report.verdict).toBe(verdict);
    expect(report.reason).toMatch(reason);
  });

  it('does not judge latency where it is not asked to', () => {
    const slow = times(4, answer({ latencyMilliseconds: 5000 }));
    expect(judge(slow, expectation({ judgesLatency: false })).verdict).toBe('successful');
  });

  it.each([
    ['within', '{"y":[1.6]}', 'successful', 0],
    ['beyond', '{"y":[1.4]}', 'failed', 1],
  ] as const)(
    'compares answers %s the tolerance with those of the release before',
    (_where, before, verdict, differing) => {
      const parity = { baseline: answeredBefore(before), tolerance: { absolute: 0.5, relative: 0 }, isRequired: true };
      const report = judge(times(4, answer()), expectation({ parity }));
      expect(report.verdict).toBe(verdict);
      expect(report.parity).toMatchObject({ compared: 1, differing });
    },
  );

  it('reports a difference without judging it where parity has no tolerance', () => {
    const parity = { baseline: answeredBefore('{"y":[9]}'), tolerance: null, isRequired: true };
    const report = judge(times(4, answer()), expectation({ parity }));
    expect(report.verdict).toBe('successful');
    expect(report.parity.differing).toBe(1);
  });
});

describe('parity that has to be judged', () => {
  const tolerance = { absolute: 0.5, relative: 0 };
  const [smoke] = smokeFile().cases;
  if (smoke === undefined) throw new Error('the file has no case');
  const refusal = { kind: 'refused', request: requestDigest(smoke), detail: 'status 404' } as const;

  it.each([
    [
      'inconclusive',
      'nothing is known of the release before',
      {},
      true,
      /no answer of the release before is known for/,
    ],
    ['inconclusive', 'the release before refused every case', { 'a row': refusal }, true, /\(status 404\)/],
    ['successful', 'it does not have to be judged', {}, false, /answered by release/],
    ['successful', 'the answers agree', answeredBefore('{"y":[2]}'), true, /answered by release/],
  ] as const)('is %s when %s', (verdict, _when, baseline, isRequired, reason) => {
    const report = judge(times(4, answer()), expectation({ parity: { baseline, tolerance, isRequired } }));
    expect(report.verdict).toBe(verdict);
    expect(report.reason).toMatch(reason);
  });

  it('is inconclusive when the request of the case has changed since the release before was asked', () => {
    const changed = smokeFile({ cases: [{ ...smoke, request: { ...smoke.request, json: { features: [2] } } }] });
    const parity = { baseline: answeredBefore('{"y":[9]}'), tolerance, isRequired: true };
    expect(judge(times(4, answer()), expectation({ file: changed, parity })).verdict).toBe('inconclusive');
  });

  it('needs no comparison where no case asks for one', () => {
    const file = smokeFile({ cases: [{ ...smoke, parity: false }] });
    const parity = { baseline: {}, tolerance, isRequired: true };
    expect(judge(times(4, answer()), expectation({ file, parity })).verdict).toBe('successful');
  });
});

describe('the file of smoke cases', () => {
  const request = { contentType: 'text/csv', text: '1,2' };
  it.each([
    [
      'two bodies',
      { cases: [{ name: 'a', request: { ...request, json: 1 }, expect: { status: 200 } }] },
      /exactly one of/,
    ],
    ['no body', { cases: [{ name: 'a', request: { contentType: 'a/b' }, expect: { status: 200 } }] }, /exactly one of/],
    ['no case', { cases: [] }, /at least one case/],
    ['only refusals', { cases: [{ name: 'a', request, expect: { status: 400 } }] }, /2XX/],
    [
      'a name twice',
      {
        cases: [
          { name: 'a', request, expect: { status: 200 } },
          { name: 'a', request, expect: { status: 200 } },
        ],
      },
      /different names/,
    ],
    ['an unknown key', { minimum: 1 }, /minimum/],
    [
      'numbers without a tolerance',
      { cases: [{ name: 'a', request, expect: { status: 200, outputs: { y: { value: [['cat', 1]] } } } }] },
      /absolute.*a number of at least 0, because the value has numbers/s,
    ],
  ])('refuses %s', (_case, changes, message) => {
    expect(() => smokeFile(changes)).toThrow(message);
  });

  it('takes a value of texts without a tolerance', () => {
    const expected = { status: 200, outputs: { label: { value: ['cat', true, null] } } };
    const { cases } = smokeFile({ cases: [{ name: 'a', request, expect: expected }] });
    expect(cases[0]?.expect.outputs).toEqual({ label: { ...expected.outputs.label, absolute: 0, relative: 0 } });
  });
});

it.each([parseSmokeFile, parseGoldenFile])('%o refuses a number that JSON.parse would change', (parse) => {
  const text = JSON.stringify(smokeFile()).replace('"value":[2]', '"value":[9007199254740993]');
  const { cases } = JSON.parse(text) as { cases: unknown };
  const golden = JSON.stringify({ cases }).replace('9007199254740992', '9007199254740993');
  const file = { path: 'a.json', text: parse === parseSmokeFile ? text : golden };
  expect(() => parse(file)).toThrow(/9007199254740993/);
});

describe('a case that gets no answer worth judging', () => {
  const file = smokeFile({
    limits: { p50Milliseconds: 50, p99Milliseconds: 100, errorPercent: 50 },
    cases: ['asked', 'silent'].map((name) => ({
      name,
      request: { contentType: 'application/json', json: { features: [1] } },
      expect: { status: 200, outputs: { y: { value: [2], absolute: 0.1 } } },
    })),
  });
  const [asked, silent] = file.cases;
  if (asked === undefined || silent === undefined) throw new Error('the file has two cases');

  it.each([
    ['fails to be sent', failed],
    ['is answered by a container that breaks', answer({ status: 500 })],
  ])('is no success, though the budget allows it: it %s', (_, probe) => {
    const good = times(6, answer()).map((right) => ({ smoke: asked, probe: right }));
    const report = judgeSmokeTest(expectation({ file }), [...good, { smoke: silent, probe }]);
    expect(report.cases.map(({ result }) => result)).toEqual(['passed', 'unanswered']);
    expect(report.verdict).toBe('inconclusive');
    expect(report.reason).toContain('"silent" was never answered');
  });
});
