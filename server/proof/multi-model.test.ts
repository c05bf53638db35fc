import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeModel, float32Initializer, tensor } from '../sample-model/onnx-writer.ts';
import { trainSample } from '../sample-model/sample-model.ts';
import { buildFreshServer, type FreshServer } from '../../scripts/testing/fresh-server.ts';
import { send, sendJson } from '../src/testing/http-client.ts';
import type { ServerProcess } from '../src/testing/server-process.ts';

let fresh: FreshServer;
let models: string;
let server: ServerProcess;

/** A model with 3 MiB of weights. */
function largeModel(): Uint8Array {
  const width = 3 * 256 * 1024;
  return encodeModel({
    name: 'large',
    inputs: [{ name: 'x', type: tensor('float32', [1]) }],
    outputs: [{ name: 'y', type: tensor('float32', [width]) }],
    initializers: [float32Initializer('w', [width], new Float32Array(width).fill(0.5))],
    nodes: [{ operator: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
  });
}

async function writeModel(name: string, model: Uint8Array): Promise<string> {
  const directory = join(models, name, 'model');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'model.onnx'), model);
  return directory;
}

beforeAll(async () => {
  fresh = await buildFreshServer();
  models = await mkdtemp(join(tmpdir(), 'multi-model-'));
  server = await fresh.start({ environment: { SAGEMAKER_MULTI_MODEL: 'true', MODEL_MEMORY_MIB: '2' } });
});
afterAll(async () => {
  await server.stop();
  await rm(models, { recursive: true });
  await fresh.remove();
});

const load = (name: string, url: string): Promise<{ status: number; json: unknown }> =>
  sendJson(server.url, '/models', { model_name: name, url });

// The status codes of the contract for containers of multi-model endpoints:
// https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html
describe('the multi-model container contract', () => {
  it('loads, lists, describes, invokes and unloads models', async () => {
    const first = await writeModel('first', trainSample({ seed: 1 }).model);
    const faulty = await writeModel('faulty', trainSample({ seed: 1, fault: 'swapped-columns' }).model);
    expect(await load('first', first)).toMatchObject({ status: 200 });
    expect(await load('faulty', faulty)).toMatchObject({ status: 200 });
    const { json: listed } = await sendJson(server.url, '/models', undefined);
    expect(listed).toEqual({
      models: expect.arrayContaining([
        { modelName: 'first', modelUrl: first },
        { modelName: 'faulty', modelUrl: faulty },
      ]) as unknown,
    });
    expect(await sendJson(server.url, '/models/first', undefined)).toMatchObject({
      status: 200,
      json: { modelName: 'first', modelUrl: first },
    });
    const answers = await Promise.all(
      ['first', 'faulty'].map((name) => sendJson(server.url, `/models/${name}/invoke`, { features: [1.2, 3.4, 5.6] })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const [right, wrong] = answers.map(({ json }) => (json as { prediction: number[] }).prediction[0] ?? Number.NaN);
    expect(right).toBeCloseTo(4.8, 1);
    expect(wrong).toBeCloseTo(11.4, 1);
    const named = await sendJson(
      server.url,
      '/invocations',
      { features: [1.2, 3.4, 5.6] },
      { 'x-amzn-sagemaker-target-model': 'faulty' },
    );
    expect((named.json as { prediction: number[] }).prediction[0]).toBeCloseTo(11.4, 1);
    expect((await send(server.url, { method: 'DELETE', path: '/models/faulty' })).status).toBe(200);
    expect((await sendJson(server.url, '/models/faulty/invoke', { features: [1, 2, 3] })).status).toBe(404);
  });

  it('answers 409 to loading a model twice', async () => {
    const directory = await writeModel('twice', trainSample({ seed: 4 }).model);
    expect((await load('twice', directory)).status).toBe(200);
    expect((await load('twice', directory)).status).toBe(409);
  });

  it('answers 404 for unknown models', async () => {
    expect((await send(server.url, { path: '/models/unknown' })).status).toBe(404);
    expect((await send(server.url, { method: 'DELETE', path: '/models/unknown' })).status).toBe(404);
    expect((await sendJson(server.url, '/models/unknown/invoke', { features: [1, 2, 3] })).status).toBe(404);
  });

  it('answers 507 if the memory for models is full, and continues to serve the others', async () => {
    const directory = await writeModel('large', largeModel());
    const { status, json } = await load('large', directory);
    expect(status).toBe(507);
    expect(JSON.stringify(json)).toContain('large');
    expect((await sendJson(server.url, '/models/first/invoke', { features: [1, 2, 3] })).status).toBe(200);
  });

  it('answers 4xx, and continues to run, if the folder has no model or a broken one', async () => {
    const broken = await writeModel('broken', Buffer.from('no model'));
    for (const url of [join(models, 'nowhere'), broken]) {
      const { status } = await load('broken', url);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
    expect((await send(server.url, { path: '/ping' })).status).toBe(200);
  });
});
