import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_LIMITS } from '../model-review/limits.ts';
import { reviewModels, type ReviewedModel } from '../model-review/review.ts';
import { rowResult, type RowAnswer } from '../model-review/row-difference.ts';
import { renderReviewFile, type ModelReview } from '../model-review/summary.ts';
import { COMMENT_LIMIT } from '../text/size-budget.ts';
import { parseCapturedFile, rowsOfRequests } from './captured-requests.ts';
import { isAbout, isOfEnvironment, renderReplay } from './render.ts';
import { capturedFolders, takeInTurn } from './sample.ts';
import { isMasked, parseReplaySummary, type ReplaySummary } from './summary.ts';

const input = (data: string, encoding: string) => ({ observedContentType: 'text/csv', mode: 'INPUT', data, encoding });
const line = (endpointInput: unknown, inferenceId?: string): string =>
  JSON.stringify({
    captureData: { endpointInput },
    eventMetadata: { eventId: 'x', inferenceId, inferenceTime: '2026-01-31T12:00:00Z' },
    eventVersion: '0',
  });

describe('captured requests', () => {
  it('are the bytes that callers sent, however they were kept', () => {
    const { requests } = parseCapturedFile(
      [line(input('1,2', 'CSV')), line(input('{"a":"ü"}', 'JSON')), line(input('MSwy', 'BASE64'), 'order-7'), ''].join(
        '\n',
      ),
    );
    expect(requests.map(({ body }) => Buffer.from(body).toString())).toEqual(['1,2', '{"a":"ü"}', '1,2']);
    expect(rowsOfRequests(requests)[2]).toMatchObject({
      name: 'captured 3',
      origin: 'captured',
      contentType: 'text/csv',
    });
  });

  it('are not our own probes, nor lines without a request', () => {
    const text = [line(input('1', 'CSV'), 'probe-7'), line(undefined), 'no JSON', line(input('1', 'XML'))].join('\n');
    expect(parseCapturedFile(text)).toEqual({ requests: [], probeCount: 1, unreadableCount: 3 });
  });

  it('lie in folders by the hour, from the current one back', () => {
    const environment = { service: 'scoring', name: 'trial' };
    expect(capturedFolders(environment, Date.parse('2026-02-01T00:59:59Z'), 2)).toEqual([
      'scoring-trial/primary/2026/02/01/00/',
      'scoring-trial/primary/2026/01/31/23/',
    ]);
  });

  it('are taken from all lists in turn', () => {
    expect(takeInTurn([[1, 2, 3], [], [4], [5, 6]])).toEqual([1, 4, 5, 2, 6, 3]);
    expect(takeInTurn([])).toEqual([]);
  });
});

const described = { inputs: [], outputs: [], properties: {} };
const side = (digit: string): ReviewedModel => ({ digest: `sha256:${digit.repeat(64)}`, bytes: 1, described });

/** The review of captured rows with these answers before and after. */
function review(answers: readonly (readonly [RowAnswer, RowAnswer])[], visibleLabels = new Set<string>()): ModelReview {
  const rows = rowsOfRequests(answers.map(() => ({ contentType: 'text/csv', body: Buffer.from('1') })));
  const results = answers.flatMap(([base, head], index) => {
    const row = rows[index];
    return row === undefined ? [] : [rowResult(row, { base, head }, { base: described, head: described })];
  });
  const models = { base: side('a'), head: side('b') };
  return reviewModels('scoring', models, { results, notAskedCount: 0 }, NO_LIMITS, visibleLabels);
}

const summaryOf = (result: ModelReview): ReplaySummary => ({
  ...{ format: 1, environment: 'trial', release: '0123456789ab', live: 'ba9876543210', hours: 24 },
  sample: { requests: result.rowCount, probes: 0, unreadable: 0 },
  review: {
    ...{ format: 1, service: 'scoring', headSha: 'c'.repeat(40), baseSha: 'd'.repeat(40), run: { id: 7, attempt: 1 } },
    result: { kind: 'compared', review: result },
  },
});
const render = (result: ModelReview): string => renderReplay(summaryOf(result), 'https://example.org/7', COMMENT_LIMIT);

const answered = (body: unknown, status = 200): RowAnswer => ({
  ...{ kind: 'answered', status, latencyMilliseconds: 1, contentType: 'application/json', body: JSON.stringify(body) },
});
// Long enough that no count or digest has them by accident.
const secretText = fc.stringMatching(/^[a-z]{3}-[a-z]{5}$/).map((text) => `zz${text}`);
const secretNumber = fc.integer({ min: 1_000_003, max: 9_999_999 }).map((value) => value / 1000);
const answer = fc.oneof(
  fc.record({ label: secretText, score: secretNumber }).map((body) => answered(body)),
  fc
    .dictionary(secretText, fc.oneof(secretNumber, secretText), { minKeys: 1, maxKeys: 3 })
    .map((body) => answered(body)),
  secretText.map((text) => answered({ message: `cannot read ${text}` }, 422)),
  secretText.map((text): RowAnswer => ({ kind: 'none', why: text })),
);

describe('a replay', () => {
  it('writes no value of a captured request or of its answers, whatever they hold', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(answer, answer), { minLength: 1, maxLength: 20 }), (answers) => {
        const result = review(answers);
        const written = `${renderReviewFile(summaryOf(result))}\n${render(result)}`;
        const secrets = JSON.stringify(answers).match(/zz[a-z]{3}-[a-z]{5}|\d{4}\.\d{2,}/g) ?? [];
        expect(secrets.filter((secret) => written.includes(secret))).toEqual([]);
        expect(isMasked(result, new Set())).toBe(true);
      }),
    );
  });

  it('shows labels that are allowed, and of a change only the side that is', () => {
    const pairs = ['approved', 'declined', 'jane'].map(
      (label) => [answered({ label: 'approved' }), answered({ label })] as const,
    );
    const text = render(review(pairs, new Set(['approved', 'declined'])));
    expect(text).toContain(
      '**2 of 3 rows change their label (1 `approved` → `declined`, 1 `approved` → `not shown`)**',
    );
    expect(text).not.toContain('jane');
  });

  it('is known by a hidden line: of which environment it is, and of which releases', () => {
    const text = render(review([]));
    expect(isOfEnvironment(text, 'trial')).toBe(true);
    expect(isOfEnvironment(text, 'tri')).toBe(false);
    const own = { environment: 'trial', release: '0123456789ab', live: 'ba9876543210' };
    expect([isAbout(text, own), isAbout(text, { ...own, live: '000000000000' }), isAbout(`x\n${text}`, own)]).toEqual([
      ...[true, false, false],
    ]);
  });

  it('is read back from its file', () => {
    const summary = summaryOf(review([[answered({ score: 1 }), answered({ score: 2 })]]));
    expect(parseReplaySummary({ path: 'trial.json', text: renderReviewFile(summary) })).toEqual(summary);
  });

  it.each<[string, (shown: ModelReview) => Partial<ModelReview>]>([
    ['a score', ({ scores }) => ({ scores: { ...scores, largest: 1.234 } })],
    ['a label', () => ({ transitions: [{ before: 'jane', after: 'not shown', count: 1 }] })],
    [
      'a message',
      () => ({ refusedNow: { count: 1, shown: [{ name: 'captured 1', origin: 'captured', detail: 'x' }] } }),
    ],
    ['a name', ({ moved }) => ({ moved: moved.map((row) => ({ ...row, name: 'jane' })) })],
    ['a move', ({ moved }) => ({ moved: moved.map((row) => ({ ...row, move: { at: 'x', before: 1, after: 2 } })) })],
    ['rows of another origin', () => ({ rows: { 'review file': 1 } })],
  ])('is not shown where its review holds %s of a request', (_, change) => {
    const shown = review([[answered({ score: 1 }), answered({ score: 3 })]]);
    expect([isMasked(shown, new Set()), isMasked({ ...shown, ...change(shown) }, new Set())]).toEqual([true, false]);
  });
});
