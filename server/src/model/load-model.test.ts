import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../sample-model/onnx-writer.ts';
import {
  batchMixingGraph,
  externalWeightGraph,
  identityGraph,
  linearGraph,
  twoColumnGraph,
  writeModelFolder,
} from '../testing/small-models.ts';
import { startTestServer } from '../testing/test-server.ts';
import { placements, sample, useTestServers } from '../testing/use-test-servers.ts';

const { start, startGraph } = useTestServers();

describe('models', () => {
  it('are not batched if their rows depend on each other', async () => {
    const { url, post } = await startGraph(batchMixingGraph());
    const answers = await Promise.all(
      [1, 2, 3].map(async (x) => await post('/predict', `{"features":[${x},${x},${x}]}`)),
    );
    expect(answers.map(({ text }) => text)).toEqual(Array(3).fill('{"prediction":[0,0,0]}'));
    const { properties } = (await (await fetch(`${url}/v2/models/model`)).json()) as {
      properties: { batchingReason: string };
    };
    expect(properties.batchingReason).toBe('node "ReduceMean_0" (ReduceMean) reduces over the rows');
  });

  it('take several inputs by name, as columns, records, CSV and tensors', async () => {
    const { post } = await startGraph(twoColumnGraph());
    const expected = { predictions: [[30], [41.5]] };
    const bodies: [string, string][] = [
      ['application/json', '{"instances":[{"age":30,"city":"A"},{"age":41.5,"city":"B"}]}'],
      ['application/json', '{"dataframe_split":{"columns":["city","age"],"data":[["A",30],["B",41.5]]}}'],
      ['text/csv', 'city,age\nA,30\nB,41.5\n'],
      ['application/jsonlines', '{"age":30,"city":"A"}\n{"age":41.5,"city":"B"}\n'],
    ];
    for (const [contentType, body] of bodies) {
      const answer = await post('/invocations', body, { 'content-type': contentType, accept: 'application/json' });
      expect(answer.json()).toEqual(expected);
    }
    const columns = await post('/predict', '{"age":[30,41.5],"city":["A","B"]}');
    expect(columns.json()).toEqual({ prediction: [[30], [41.5]] });
    const missing = await post('/predict', '{"age":30}');
    expect([missing.status, missing.text]).toEqual([422, expect.stringContaining('input \\"city\\" is missing')]);
  });

  it('support integers beyond 2^53, and scalars, without loss', async () => {
    const { post } = await startGraph(identityGraph('int64', ['batch']));
    expect((await post('/predict', '{"features":[9007199254740993,-9223372036854775808]}')).text).toBe(
      '{"prediction":[9007199254740993,-9223372036854775808]}',
    );
  });

  it('check the limits of signature.json, and name row, column and unit', async () => {
    const signature = {
      inputs: { x: { columns: ['width', 'height', 'depth'], units: { height: 'cm' }, ranges: { height: [0, 10] } } },
      example: { x: [[1, 2, 3]] },
    };
    const { post } = await startGraph(linearGraph(), {}, signature);
    const answer = await post('/predict', '{"features":[[1,2,3],[4,11,6]]}');
    expect(answer.json()).toMatchObject({
      status: 422,
      detail: 'x[1].height: input "x" row 1, column 1 ("height") must be from 0 to 10 cm, got 11',
      errors: [{ loc: ['x', 1, 'height'], type: 'limit' }],
    });
    expect((await post('/predict', '{"height":1,"depth":1,"width":1}')).text).toBe('{"prediction":[6,-0.25]}');
  });
});

describe.each(placements)('the optimised graph of a model placed %s', (placement) => {
  it('is kept between starts, and a damaged one is ignored', async () => {
    const cache = mkdtempSync(path.join(tmpdir(), 'optimized-'));
    try {
      const environment = { OPTIMIZED_MODEL_DIR: cache, PLACEMENT: placement, WORKER_THREADS: '2' };
      for (const state of ['missing', 'kept', 'damaged']) {
        if (state === 'damaged')
          for (const file of readdirSync(cache)) writeFileSync(path.join(cache, file), 'damaged');
        const { post, drain, log } = await start(sample, environment);
        expect((await post('/predict', '{"features":[1.2,3.4,5.6]}')).json()).toEqual({
          prediction: [expect.closeTo(4.8, 1)],
        });
        await drain();
        expect(readdirSync(cache)).toEqual([expect.stringMatching(/^[0-9a-f]{32}-\w+-\w+\.onnx$/)]);
        const warnings = log().filter(({ level }) => level === 'warn');
        expect(warnings).toHaveLength(state === 'damaged' ? 1 : 0);
      }
    } finally {
      rmSync(cache, { recursive: true, force: true });
    }
  });
});

describe('an optimised graph', () => {
  it('is not taken for a model with the same graph and other weights', async () => {
    const cache = mkdtempSync(path.join(tmpdir(), 'optimized-'));
    const folder = writeModelFolder(externalWeightGraph());
    try {
      const answers: string[] = [];
      const digests = new Set<unknown>();
      for (const weight of [2, 3, 2]) {
        writeFileSync(path.join(folder.directory, 'weight.bin'), new Uint8Array(Float32Array.of(weight).buffer));
        const { url, post, drain } = await start(folder.directory, { OPTIMIZED_MODEL_DIR: cache });
        answers.push((await post('/predict', '{"features":[10]}')).text);
        const metadata = (await (await fetch(`${url}/v2/models/model`)).json()) as {
          properties: { modelDigest: string };
        };
        digests.add(metadata.properties.modelDigest);
        await drain();
      }
      expect(answers).toEqual(['{"prediction":[20]}', '{"prediction":[30]}', '{"prediction":[20]}']);
      expect(digests.size).toBe(2);
      expect(readdirSync(cache)).toHaveLength(2);
    } finally {
      folder.remove();
      rmSync(cache, { recursive: true, force: true });
    }
  });
});

describe('a model with large weights', () => {
  it('is refused before it is loaded if it needs more memory than there is', async () => {
    const big = { ...linearGraph(), name: 'x'.repeat(2 * 1024 * 1024) };
    const starting = startGraph(big, { MODEL_MEMORY_MIB: '1', WORKER_THREADS: '2' });
    await expect(starting).rejects.toThrow('needs 5 MiB, but 0 MiB of 1 MiB are in use');
  });
});

describe('a model that cannot be served', () => {
  it('fails the start with the reason', async () => {
    await expect(startTestServer('/nowhere')).rejects.toThrow('MODEL_DIR /nowhere does not exist');
  });

  it('names a MODEL_DIR that is a file, and which of several models does not load', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'served-models-'));
    const files = ['good', 'bad'].map((name) => path.join(folder, name, 'model.onnx'));
    for (const file of files) {
      mkdirSync(path.dirname(file));
      writeFileSync(file, file.includes('good') ? encodeModel(linearGraph()) : 'not a model');
    }
    try {
      await expect(startTestServer(files[0] ?? '')).rejects.toThrow('model.onnx is a file; give the folder');
      await expect(startTestServer(folder)).rejects.toThrow(/^model "bad": /);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
