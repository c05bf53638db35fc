import fc from 'fast-check';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeModel, float32Initializer, tensor } from '../sample-model/onnx-writer.ts';
import { seededUniform } from '../sample-model/random.ts';
import { buildFreshServer, type FreshServer } from '../../scripts/testing/fresh-server.ts';
import { send, sendJson } from '../src/testing/http-client.ts';

const width = 8;

/** A small network in which every value of a row counts. */
function network(): Uint8Array {
  const uniform = seededUniform(3);
  const weights = (count: number): number[] => Array.from({ length: count }, () => 2 * uniform() - 1);
  return encodeModel({
    name: 'network',
    inputs: [{ name: 'features', type: tensor('float32', ['batch', width]) }],
    outputs: [{ name: 'prediction', type: tensor('float32', ['batch', 2]) }],
    initializers: [
      float32Initializer('w0', [width, 64], weights(width * 64)),
      float32Initializer('w1', [64, 2], weights(128)),
    ],
    nodes: [
      { operator: 'MatMul', inputs: ['features', 'w0'], outputs: ['sum'] },
      { operator: 'Tanh', inputs: ['sum'], outputs: ['hidden'] },
      { operator: 'MatMul', inputs: ['hidden', 'w1'], outputs: ['prediction'] },
    ],
  });
}

let fresh: FreshServer;
let directory: string;
let alone: InferenceSession;

beforeAll(async () => {
  fresh = await buildFreshServer();
  directory = await mkdtemp(join(tmpdir(), 'batching-'));
  await writeFile(join(directory, 'model.onnx'), network());
  alone = await InferenceSession.create(join(directory, 'model.onnx'), { intraOpNumThreads: 1, interOpNumThreads: 1 });
});
afterAll(async () => {
  await alone.release();
  await rm(directory, { recursive: true });
  await fresh.remove();
});

/** The expected output of one row, run alone. */
async function answerAlone(row: readonly number[]): Promise<number[]> {
  const { prediction } = await alone.run({ features: new Tensor('float32', Float32Array.from(row), [1, width]) });
  if (!(prediction?.data instanceof Float32Array)) throw new Error('no float32 output "prediction"');
  return [...prediction.data];
}

/** Streams of requests. Each request is a number of rows; a seed makes their values unique. */
const streams = fc.record({
  seed: fc.integer(),
  requests: fc.array(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 }), {
    minLength: 2,
    maxLength: 24,
  }),
});

async function batchTolerance(url: string): Promise<number> {
  const { json } = await sendJson(url, '/v2/models/model', undefined);
  const properties = (json as { properties: Record<string, string> }).properties;
  expect(properties['batching']).toBe('on');
  return Number(properties['batchTolerance']);
}

async function largestBatch(url: string): Promise<number> {
  const text = (await send(url, { path: '/metrics' })).body.toString();
  const count = (bound: string): number =>
    Number(new RegExp(`inference_run_rows_bucket\\{[^}]*le="${bound.replace('+', '\\+')}"\\} (\\d+)`).exec(text)?.[1]);
  return count('+Inf') - count('8');
}

describe('batching', () => {
  it.each(['inline', 'workers'])(
    'gives every caller of random concurrent streams its own answer: model run %s',
    async (placement) => {
      // With a delay, requests of different streams share a run.
      const server = await fresh.start({
        modelDirectory: directory,
        environment: { PLACEMENT: placement, MAX_BATCH_DELAY_MS: '2' },
      });
      try {
        const tolerance = await batchTolerance(server.url);
        await fc.assert(
          fc.asyncProperty(streams, async ({ seed, requests }) => {
            const uniform = seededUniform(seed);
            await Promise.all(
              requests.map(async (sizes) => {
                for (const size of sizes) {
                  const rows = Array.from({ length: size }, () =>
                    Array.from({ length: width }, () => Math.fround(4 * uniform() - 2)),
                  );
                  const { status, json } = await sendJson(server.url, '/invocations', { features: rows });
                  expect(status).toBe(200);
                  const { prediction } = json as { prediction: number[][] };
                  expect(prediction).toHaveLength(size);
                  for (const [index, row] of rows.entries()) {
                    const expected = await answerAlone(row);
                    for (const [column, value] of expected.entries()) {
                      const difference = Math.abs((prediction[index]?.[column] ?? Number.NaN) - value);
                      expect(difference).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(value)));
                    }
                  }
                }
              }),
            );
          }),
          { numRuns: 15 },
        );
        // Otherwise no requests shared a run, and the property would hold trivially.
        expect(await largestBatch(server.url)).toBeGreaterThan(0);
      } finally {
        await server.stop();
      }
    },
    120_000,
  );
});
