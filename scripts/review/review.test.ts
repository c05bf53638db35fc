import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createModelServers } from '../../actions/lib/adapters/system/model-servers.ts';
import { systemClock } from '../../actions/lib/adapters/system/system-clock.ts';
import { NO_LIMITS } from '../../actions/lib/domain/model-review/limits.ts';
import { reviewLead, renderLimit } from '../../actions/lib/domain/model-review/render.ts';
import { renderReviewFile, type ModelReview } from '../../actions/lib/domain/model-review/summary.ts';
import { rowsOfFile } from '../../actions/lib/domain/model-review/rows.ts';
import { reviewModel } from '../../actions/lib/operations/review-model.ts';
import {
  encodeModel,
  float32Initializer,
  int64Initializer,
  tensor,
  type Graph,
} from '../../server/sample-model/onnx-writer.ts';
import { seededUniform } from '../../server/sample-model/random.ts';
import { buildFreshServer, type FreshServer } from '../testing/fresh-server.ts';
import { CLASSES, classifier, FEATURES, SAME, WEIGHTS, type Planted } from './classifier.ts';

// Not those of the weights.
const uniform = seededUniform(8);
const ROWS = rowsOfFile(
  'review.jsonl',
  Array.from({ length: 200 }, () => {
    const data = Array.from({ length: FEATURES }, () => Math.fround(uniform() * 20 - 10));
    return JSON.stringify({ inputs: [{ name: 'x', shape: [1, FEATURES], datatype: 'FP32', data }] });
  }).join('\n'),
  'review file',
);

describe('the review of a model', () => {
  let server: FreshServer;
  let folder: string;
  beforeAll(async () => {
    server = await buildFreshServer();
    folder = await mkdtemp(path.join(tmpdir(), 'review-'));
  });
  afterAll(async () => {
    await server.remove();
    await rm(folder, { recursive: true });
  });

  async function review(
    head: Planted,
    limits = NO_LIMITS,
    origin?: 'captured',
    base: Planted = SAME,
  ): Promise<ModelReview> {
    const place = async (what: string, planted: Planted) => {
      const modelFolder = await mkdtemp(path.join(folder, 'model-'));
      const bytes = encodeModel(classifier(planted));
      await writeFile(path.join(modelFolder, 'model.onnx'), bytes);
      await writeFile(path.join(modelFolder, 'signature.json'), JSON.stringify({ version: what }));
      return { what, modelFolder, bundle: server.bundle, digest: `sha256:${what}`, bytes: bytes.length };
    };
    const result = await reviewModel(createModelServers(), systemClock, {
      service: 'scoring',
      base: await place('base', base),
      head: await place('head', head),
      rows: () => ROWS.map((row) => (origin === undefined ? row : { ...row, origin })),
      limits,
    });
    if (result.kind !== 'compared') throw new Error(result.detail);
    // A row in which a label stands twice is one row.
    const { transitions, changedLabelCount } = result.review;
    for (const { count } of transitions) expect(count).toBeLessThanOrEqual(changedLabelCount);
    return result.review;
  }
  const lead = async (head: Planted, limits = NO_LIMITS): Promise<string> =>
    reviewLead(await review(head, limits))
      .slice(0, 3)
      .join('\n');

  it('says that no answer differs for the same model, and for one with other names of nodes', async () => {
    expect(await lead(SAME)).toContain('no answer differs in 200 rows');
    expect(await lead({ ...SAME, nodeSuffix: '_exported_again' })).toContain('no answer differs in 200 rows');
  });

  it('counts the version of a protocol v2 answer as no label', async () => {
    const scores: Planted = { ...SAME, outputs: ['scores'] };
    const { labelledCount, changedLabelCount } = await review(scores, NO_LIMITS, undefined, scores);
    expect({ labelledCount, changedLabelCount }).toEqual({ labelledCount: 0, changedLabelCount: 0 });
  });

  it('says that a shift is within the tolerance that the team set', async () => {
    const shifted = { ...SAME, bias: [0.001, 0.001, 0.001] };
    expect(await lead(shifted, { ...NO_LIMITS, tolerance: 0.01 })).toMatch(
      /no answer differs in 200 rows; scores move by at most 0.001, within 0.01/,
    );
    expect(await lead(shifted)).toMatch(
      /scores of 200 of 200 rows move by more than 0.00001[^\n]*\nno label changes in 200 rows/,
    );
  });

  it.each<{ title: string; head: Planted; says: RegExp }>([
    {
      title: 'two classes that are swapped',
      head: {
        ...SAME,
        weights: WEIGHTS.map((_, at) => WEIGHTS[at % 3 === 0 ? at + 1 : at % 3 === 1 ? at - 1 : at] ?? 0),
      },
      says: /\d+ of 200 rows change their label \(.*`0` → `1`/,
    },
    {
      title: 'a column in another unit',
      head: { ...SAME, weights: WEIGHTS.map((weight, at) => (at < CLASSES ? weight * 2.54 : weight)) },
      says: /rows change their label/,
    },
    {
      title: 'columns in another order',
      head: {
        ...SAME,
        weights: [...WEIGHTS.slice(CLASSES, 2 * CLASSES), ...WEIGHTS.slice(0, CLASSES), ...WEIGHTS.slice(2 * CLASSES)],
      },
      says: /rows change their label/,
    },
    { title: 'NaN', head: { ...SAME, bias: [0, Number.NaN, 0] }, says: /200 of 200 rows get NaN or an infinity now/ },
    { title: 'an output that is gone', head: { ...SAME, outputs: ['label'] }, says: /output `scores` is gone/ },
    {
      title: 'outputs in another order',
      head: { ...SAME, outputs: ['scores', 'label'] },
      says: /the outputs have another order/,
    },
    {
      title: 'an input with another name',
      head: { ...SAME, input: 'features' },
      says: /input `features` is new[^]*input `x` is gone[^]*200 of 200 rows were answered and are refused now/,
    },
  ])('says first that the candidate has $title', async ({ head, says }) => {
    expect(await lead(head)).toMatch(says);
  });

  it('fails a limit with its numbers', async () => {
    const limits = { ...NO_LIMITS, largestDifference: 0.5 };
    const { exceeded } = await review({ ...SAME, bias: [2, 2, 2] }, limits);
    expect(exceeded.map(renderLimit)).toEqual(['a score moves by 2, and review.json allows 0.5 (largestDifference)']);
  });

  it('shows no value of a row that was captured', async () => {
    const text = renderReviewFile(await review({ ...SAME, bias: [9, 0, 0] }, NO_LIMITS, 'captured'));
    const captured = ROWS.flatMap(
      ({ body }) =>
        Buffer.from(body)
          .toString()
          .match(/-?\d+\.\d{3,}/g) ?? [],
    );
    expect(captured.length).toBeGreaterThan(500);
    expect(captured.filter((value) => text.includes(value))).toEqual([]);
    expect(text).not.toMatch(/"before": "\d/);
  });

  it('fails with one line for a model that can not start', async () => {
    const modelFolder = await mkdtemp(path.join(folder, 'broken-'));
    await writeFile(path.join(modelFolder, 'model.onnx'), 'not a model');
    const place = { what: 'the candidate', modelFolder, bundle: server.bundle };
    await expect(createModelServers().start(place)).rejects.toThrow('the candidate does not start in the server');
  });

  it('ends a model that takes more memory than it may', async () => {
    const modelFolder = await mkdtemp(path.join(folder, 'greedy-'));
    await writeFile(path.join(modelFolder, 'model.onnx'), encodeModel(greedy()));
    const servers = createModelServers({
      ...{ startSeconds: 30, answerSeconds: 10, memoryBytes: 512 * 2 ** 20, answerBytes: 2 ** 20 },
    });
    const model = await servers.start({ what: 'the candidate', modelFolder, bundle: server.bundle });
    const [row] = rowsOfFile(
      'review.jsonl',
      '{"inputs":[{"name":"n","shape":[1],"datatype":"INT64","data":[3000000000]}]}',
      'review file',
    );
    if (row === undefined) throw new Error('the file has one row');
    const answer = await model.ask(row);
    await model.stop();
    expect(answer).not.toMatchObject({ kind: 'answered', status: 200 });
  });
});

/** y = n ones: a request decides how much memory the model takes. */
function greedy(): Graph {
  return {
    name: 'greedy',
    inputs: [{ name: 'n', type: tensor('int64', [1]) }],
    outputs: [{ name: 'y', type: tensor('float32', ['n']) }],
    initializers: [float32Initializer('one', [1], [1]), int64Initializer('axes', [1], [0])],
    nodes: [{ operator: 'Expand', inputs: ['one', 'n'], outputs: ['y'] }],
  };
}
