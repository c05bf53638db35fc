import { createHash } from 'node:crypto';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { trainSample } from './sample-model.ts';

const blogRequest = [[1.2, 3.4, 5.6]];
/** What a smoke test may reasonably allow between two good versions of the model. */
const smokeTolerance = 0.05;

async function predict(model: Uint8Array, rows: readonly (readonly number[])[]): Promise<number[]> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1 });
  try {
    const features = new Tensor('float32', Float32Array.from(rows.flat()), [rows.length, 3]);
    const { prediction } = await session.run({ features });
    if (!(prediction?.data instanceof Float32Array)) throw new Error('the model has no float32 output "prediction"');
    expect(prediction.dims).toEqual([rows.length]);
    return [...prediction.data];
  } finally {
    await session.release();
  }
}

function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  for (const [index, value] of actual.entries()) {
    expect(Math.abs(value - (expected[index] ?? Number.NaN))).toBeLessThanOrEqual(tolerance);
  }
}

describe('the sample', () => {
  const { model, golden } = trainSample({ seed: 1 });

  it('has the same bytes on every machine', () => {
    expect(createHash('sha256').update(model).digest('hex')).toBe(
      '4eba3a3689890acf5898780a36c66fc6592ff213b183eacc9789e6726fff6f5c',
    );
  });

  it('answers its golden cases in onnxruntime', async () => {
    expect(golden.cases.length).toBeGreaterThan(3);
    for (const { request, expect: expected } of golden.cases) {
      const { value, absolute } = expected.outputs.prediction;
      expectClose(await predict(model, request.json.features), value, absolute);
    }
  });

  it('answers about 4.8 to the features 1.2, 3.4, 5.6', async () => {
    expectClose(await predict(model, blogRequest), [4.8], smokeTolerance);
  });
});

describe('other versions', () => {
  it('differ from the first beyond the golden tolerance, yet stay close to the truth', async () => {
    const first = await predict(trainSample({ seed: 1 }).model, blogRequest);
    const other = await predict(trainSample({ seed: 2 }).model, blogRequest);
    expect(Math.abs((first[0] ?? 0) - (other[0] ?? 0))).toBeGreaterThan(1e-3);
    expectClose(other, [4.8], smokeTolerance);
  });

  it('change with the number of rows', () => {
    expect(trainSample({ seed: 2, rows: 400 }).weights).not.toEqual(trainSample({ seed: 2 }).weights);
  });

  it('trained on swapped columns load and run, and miss every golden case by more than a smoke test allows', async () => {
    const faulty = trainSample({ seed: 3, fault: 'swapped-columns' });
    for (const { request, expect: expected } of trainSample({ seed: 3 }).golden.cases) {
      const prediction = expected.outputs.prediction.value;
      const answers = await predict(faulty.model, request.json.features);
      for (const [index, answer] of answers.entries()) {
        expect(Math.abs(answer - (prediction[index] ?? Number.NaN))).toBeGreaterThan(10 * smokeTolerance);
      }
    }
  });
});
