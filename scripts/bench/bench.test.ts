import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { median, ratio, renderClaim, verdictOf } from './bench.ts';
import { atLeast, atMost } from './claims.ts';
import { expectPrediction } from './comparison.ts';
import { computeBoundNetwork } from '../../server/src/testing/networks.ts';
import { identityModel, readBoostedTrees } from './models.ts';

describe('claims', () => {
  it.each([
    [atLeast('rate', 20, 20), 'PASS', 'PASS      20 ×  (at least 20 ×)  rate'],
    [atLeast('rate', 19.94, 20), 'FAIL', 'FAIL    19.9 ×  (at least 20 ×)  rate'],
    [atMost('latency', 99.9, 100, 'ms'), 'PASS', 'PASS   99.9 ms  (at most 100 ms)  latency'],
    [atMost('latency', Number.NaN, 100, 'ms'), 'FAIL', 'FAIL    NaN ms  (at most 100 ms)  latency'],
    [atLeast('rate', ratio(1, undefined), 2), 'SKIP', 'SKIP         –  (at least 2 ×)  rate'],
  ])('hold or not, and say so (%#)', (claim, expected, line) => {
    expect(verdictOf(claim)).toBe(expected);
    expect(renderClaim(claim)).toBe(line);
  });

  it('take the middle of several rounds', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(() => median([])).toThrow('no values');
  });
});

describe('expectPrediction', () => {
  it.each([
    [{ prediction: [4.8001] }, true],
    [{ prediction: [[4.8]] }, true],
    [{ prediction: [4.9] }, false],
    [{ prediction: [] }, false],
    [{ detail: 'no' }, false],
  ])('judges the answer %j', (answer, right) => {
    expect(expectPrediction([4.8])(answer) === undefined).toBe(right);
  });
});

describe('the models of the benchmarks', () => {
  it('run, with any number of rows', async () => {
    for (const { model, inputs, name } of [
      { ...computeBoundNetwork(), name: 'features' },
      { model: identityModel(10), inputs: 10, name: 'values' },
    ]) {
      const session = await InferenceSession.create(model);
      const results = await session.run({ [name]: new Tensor('float32', new Float32Array(2 * inputs), [2, inputs]) });
      expect(Object.values(results)[0]?.dims[0]).toBe(2);
      await session.release();
    }
  });

  it('branch as the fitted trees do, also where a threshold is no float32', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'trees-'));
    try {
      // 0.1 as float32 is above 0.1: the feature 0.1 must go right, as it does against the float64 threshold.
      const tree = {
        feature: [1, -2, -2],
        threshold: [0.1, -2, -2],
        left: [1, -1, -1],
        right: [2, -1, -1],
        value: [0, -1, 1],
      };
      const file = join(directory, 'trees.json');
      await writeFile(file, JSON.stringify({ trees: [tree, tree], base: 10, samples: [[0, 0.1]], answers: [12] }));
      const { model } = await readBoostedTrees(file);
      const session = await InferenceSession.create(model);
      const features = Float32Array.of(0, 0.1, 0, 0.0999, 0, 5);
      const { prediction } = await session.run({ features: new Tensor('float32', features, [3, 2]) });
      expect([...((prediction?.data ?? []) as Float32Array)]).toEqual([12, 8, 12]);
      await session.release();
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
