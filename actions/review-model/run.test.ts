import { describe, expect, it } from 'vitest';
import { UserError } from '../lib/domain/errors/user-error.ts';
import { NO_LIMITS, type ReviewLimits } from '../lib/domain/model-review/limits.ts';
import { renderReviewPage } from '../lib/domain/model-review/page.ts';
import { renderReview } from '../lib/domain/model-review/render.ts';
import type { ReviewRow, RowAnswer } from '../lib/domain/model-review/row-difference.ts';
import { parseReviewSummary, renderReviewFile, type ReviewSummary } from '../lib/domain/model-review/summary.ts';
import type { ModelServers, RunningModel } from '../lib/ports/model-servers.ts';
import type { ReviewSource } from '../lib/ports/review-source.ts';
import { failureOf, renderLine, renderOutputs } from './report.ts';
import { runReviewModel } from './run.ts';

type Tensor = { readonly name: string; readonly datatype: string; readonly shape: number[] };

interface Side {
  readonly isCheckedOut?: boolean;
  readonly hasModel?: boolean;
  readonly isBuilt?: boolean;
  /** Thrown when it is started. */
  readonly start?: string;
  readonly inputs?: readonly Tensor[];
  readonly answer?: (row: number) => RowAnswer;
  readonly ended?: string;
}

const INPUT: Tensor = { name: 'x', datatype: 'FP32', shape: [-1] };
const answered = (body: string): RowAnswer => ({
  ...{ kind: 'answered', status: 200, latencyMilliseconds: 1, contentType: 'application/json', body },
});
const SAME: Side = { answer: (row) => answered(JSON.stringify({ label: 'a', scores: [row / 100] })) };
// Markdown, a mention, a workflow command, and an escape of a terminal.
const HOSTILE = '`**x**` @acme\n::error::owned\n##[group]x\u001b[31m</details><script>';

const ROWS: readonly ReviewRow[] = Array.from({ length: 40 }, (_, index) => ({
  ...{ name: String(index), origin: 'review file', contentType: 'application/json', body: Buffer.from(String(index)) },
}));

async function review(base: Side, head: Side, limits: ReviewLimits = NO_LIMITS): Promise<ReviewSummary> {
  const sides = { base, head };
  const source = (side: 'base' | 'head'): ReviewSource => ({
    isCheckedOut: () => Promise.resolve(sides[side].isCheckedOut ?? true),
    hasModel: () => Promise.resolve(sides[side].hasModel ?? true),
    isBuilt: () => Promise.resolve(sides[side].isBuilt ?? true),
    readModel: (what) =>
      Promise.resolve({
        ...{ what, bundle: 'main.js', modelFolder: side },
        ...{ digest: `sha256:${(side === 'base' ? 'a' : 'b').repeat(64)}`, bytes: 10 },
      }),
    readQuestions: () => Promise.resolve({ rows: ROWS, signature: { inputs: {} }, limits }),
  });
  const servers: ModelServers = {
    start: (place) => {
      const { start, inputs = [INPUT], answer, ended } = place.modelFolder === 'base' ? base : head;
      if (start !== undefined) {
        const parts = { what: `${place.what} does not start in the server`, found: start, remedy: 'x' };
        return Promise.reject(new UserError(parts));
      }
      const model: RunningModel = {
        describe: () => Promise.resolve({ inputs: [...inputs], outputs: [], properties: {} }),
        ask: (row) => Promise.resolve((answer ?? SAME.answer)?.(Number(row.name)) ?? { kind: 'none', why: '' }),
        ended: () => ended,
        stop: () => Promise.resolve(),
      };
      return Promise.resolve(model);
    },
  };
  const inputs = { service: 'scoring', 'head-sha': 'c'.repeat(40), 'base-sha': 'd'.repeat(40) };
  const clock = { monotonic: () => 0 };
  return await runReviewModel(
    inputs,
    { id: 7, attempt: 2 },
    { base: source('base'), head: source('head'), servers, clock },
  );
}

describe('the review of a model', () => {
  it('says that nothing differs, and names the artifact by its attempt', async () => {
    const summary = await review(SAME, SAME);
    expect(renderOutputs(summary, 'out')).toEqual({
      ...{ outcome: 'same', 'review-directory': 'out', 'review-artifact': 'review-scoring-2' },
    });
    expect(renderLine(summary)).toBe('scoring: no answer differs in 40 rows');
    expect(failureOf(summary, true)).toBeUndefined();
  });

  it.each<[string, Side, Side, string]>([
    ['a commit that is gone', { isCheckedOut: false }, SAME, 'that of the model before'],
    ['a new service', { hasModel: false }, SAME, 'there is no model before it'],
    ['no model', SAME, { hasModel: false }, 'has no model of the service'],
    ['a base whose server is not built', { isBuilt: false }, SAME, 'could not be built'],
    ['a base that does not start', { start: 'no such operator' }, SAME, 'no such operator'],
    ['a base that ends', { ...SAME, answer: () => ({ kind: 'none', why: 'ended' }), ended: 'code 9' }, SAME, 'code 9'],
  ])('says that there is nothing to compare with for %s, and passes', async (_, base, head, words) => {
    const summary = await review(base, head);
    expect(summary.result.kind).toBe('not-compared');
    expect(renderReview(summary)).toContain(words);
    expect(failureOf(summary, false)).toBeUndefined();
  });

  const silent = (ended?: string): Side => ({
    answer: () => ({ kind: 'none', why: 'no answer within 30 s' }),
    ...(ended === undefined ? {} : { ended }),
  });
  it.each<[string, Side, string]>([
    ['does not start', { start: HOSTILE }, 'the candidate does not start in the server'],
    ['hangs', silent(), '3 rows without an answer, the last one: no answer within 30 s'],
    ['takes too much memory', silent('the model used more than 6144 MiB of memory'), 'more than 6144 MiB'],
  ])('fails with one line for a candidate that %s', async (_, head, words) => {
    const summary = await review(SAME, head);
    const error = failureOf(summary, true);
    expect(error?.parts.found).toContain(words);
    expect(error?.parts.found).not.toContain('\n');
    expect(error?.message).not.toContain('##[');
    expect(renderReview(summary)).toContain('**the candidate could not be reviewed**');
  });

  it('fails a limit of review.json, with the numbers', async () => {
    const head: Side = { answer: () => answered('{"label":"a","scores":[7]}') };
    const summary = await review(SAME, head, { ...NO_LIMITS, largestDifference: 0.5 });
    expect(failureOf(summary, true)?.message).toContain('a score moves by 7, and review.json allows 0.5');
    expect(renderReview(summary)).toContain('**over the limit: a score moves by 7');
  });

  it('fails a change that breaks callers only where nobody can accept it', async () => {
    const summary = await review(SAME, { ...SAME, inputs: [INPUT, { ...INPUT, name: HOSTILE }] });
    expect(failureOf(summary, true)).toBeUndefined();
    const found = failureOf(summary, false)?.parts.found ?? '';
    expect(found).toContain('is new');
    expect(found).not.toMatch(/\n|##\[/);
  });

  it('lets no text of a model be markup, a mention, a workflow command or a line of its own', async () => {
    const base: Side = { answer: () => answered(JSON.stringify({ label: 'a', [HOSTILE]: 1 })) };
    const head: Side = {
      inputs: [{ ...INPUT, name: HOSTILE }],
      answer: (row) =>
        row < 20
          ? answered(JSON.stringify({ label: HOSTILE, [HOSTILE]: 2 }))
          : { kind: 'answered', status: 500, latencyMilliseconds: 1, body: HOSTILE },
    };
    const summary = await review(base, head);
    const read = parseReviewSummary({ path: 'scoring.json', text: renderReviewFile(summary) });
    expect(read).toEqual(summary);
    const text = renderReview(read);
    // Outside of code spans.
    const shown = text.replaceAll(/(`+)(?:(?!\1)[^])*?[^`]\1(?!`)/g, '');
    expect(shown).not.toMatch(/@acme|<script>|\*\*x/);
    expect(text).not.toMatch(/^::|^##\[/m);
    expect(text).not.toContain('\u001b');
    const page = renderReviewPage(read);
    expect(page).not.toMatch(/<script|<\/details>|src=|href=/);
    expect(page).toContain('&lt;script&gt;');
    expect(page).toContain("default-src 'none'");
    expect(text.match(/<\/details>\n/g)?.length).toBe(text.match(/<details>/g)?.length);
  });

  it('carries NaN and infinities in its file', async () => {
    const summary = await review(SAME, { answer: () => answered('{"label":"a","scores":[NaN]}') });
    const [, head] = [SAME, summary];
    expect(parseReviewSummary({ path: 'a.json', text: renderReviewFile(head) })).toEqual(head);
    expect(renderReview(head)).toContain('40 of 40 rows get NaN or an infinity now');
  });

  it.each([
    ['a service with another alphabet', (text: string) => text.replace('"scoring"', '"../scoring"')],
    ['a count below 0', (text: string) => text.replace('"rowCount": 40', '"rowCount": -1')],
    ['a further member', (text: string) => text.replace('"format"', '"markdown": "x", "format"')],
  ])('is not taken with %s', async (_, change) => {
    const text = change(renderReviewFile(await review(SAME, SAME)));
    expect(() => parseReviewSummary({ path: 'scoring.json', text })).toThrow('scoring.json is not valid');
  });
});
