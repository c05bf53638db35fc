import { describe, expect, it } from 'vitest';
import type { ReviewRow, RowAnswer } from '../../actions/lib/domain/model-review/row-difference.ts';
import { draftSmoke } from './draft-smoke.ts';

const encode = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const answered = (status: number, value: unknown): RowAnswer => ({
  ...{ kind: 'answered', status, contentType: 'application/json', body: encode(value), latencyMilliseconds: 1 },
});
const row = (name: string, instance: number): ReviewRow => ({
  ...{ name, origin: 'review file', contentType: 'application/json', accept: 'application/json' },
  body: encode({ instances: [[instance]] }),
});

/** A model with a class and a score, which refuses odd numbers. */
const source = {
  model: {
    ask: async ({ body }: ReviewRow): Promise<RowAnswer> => {
      const [, digits] = /\[\[(\d+)\]\]/.exec(Buffer.from(body).toString('utf8')) ?? [];
      const value = Number(digits ?? 1);
      const answer = value % 2 === 1 ? answered(422, {}) : answered(200, { class: [value], score: [value / 10] });
      return await Promise.resolve(answer);
    },
  },
  described: {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 1] }],
    outputs: [
      { name: 'class', datatype: 'INT64', shape: [-1] },
      { name: 'score', datatype: 'FP32', shape: [-1] },
    ],
    properties: {},
  },
  hints: { texts: new Map(), thresholds: new Map(), isQuantized: false },
  example: [],
};

describe('draftSmoke', () => {
  it('compares integers exactly where the answer tells no datatype', async () => {
    const { file } = await draftSmoke({ ...source, rows: [row('a', 2), row('b', 123_456_790)] });
    for (const { expect: wanted } of file.cases.filter(({ expect: each }) => each.outputs !== undefined)) {
      expect(wanted.outputs?.['class']).toMatchObject({
        absolute: 0,
        value: expect.toBeOneOf([[2], [123_456_790]]) as number[],
      });
      expect(wanted.outputs?.['score']?.absolute).toBeGreaterThan(0);
    }
    expect(file.cases.map(({ name }) => name)).toEqual(expect.arrayContaining(['a', 'b']));
  });

  it('says how many rows it leaves out', async () => {
    const { notes } = await draftSmoke({ ...source, rows: [row('a', 2), row('b', 3), row('c', 5)] });
    expect(notes).toContain(
      '2 of 3 rows are in no case: the model refuses them, or answers them differently each time',
    );
  });

  const image = (side: number) => ({
    ...source.described,
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 3, side, side] }],
  });

  it('asks an image model in bodies that the server takes', async () => {
    const sizes: number[] = [];
    const ask = async ({ body }: ReviewRow): Promise<RowAnswer> => {
      sizes.push(body.length);
      return await Promise.resolve(answered(200, { class: [1], score: [0.5] }));
    };
    const { file } = await draftSmoke({ ...source, model: { ask }, described: image(800), rows: [] });
    expect(file.cases.some(({ expect: { outputs } }) => outputs?.['score'] !== undefined)).toBe(true);
    expect(Math.max(...sizes)).toBeLessThan(6 * 2 ** 20);
  });

  it('names the limit for inputs that are larger, and for rows that the server refuses for their size', async () => {
    await expect(draftSmoke({ ...source, described: image(1000), rows: [] })).rejects.toThrow(
      /at most 2000000 elements a row\n {2}found: {4}x FP32\[1, 3, 1000, 1000\]\n.*Export the model for smaller inputs/,
    );
    const ask = async (): Promise<RowAnswer> => await Promise.resolve(answered(413, {}));
    await expect(draftSmoke({ ...source, model: { ask }, rows: [row('a', 2)] })).rejects.toThrow(
      /larger than the 6 MiB[^]*fewer digits/,
    );
  });
});
