import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModelManifest } from '../model/model-manifest.ts';
import { identityGraph, linearGraph, lookupGraph, writeModelFolder } from '../testing/small-models.ts';
import { sample, useTestServers } from '../testing/use-test-servers.ts';
import type { Graph } from '../../sample-model/onnx-writer.ts';

const { start } = useTestServers();

describe('several models', () => {
  it('are loaded, listed, invoked and unloaded with the status codes of SageMaker', async () => {
    const linear = writeModelFolder(linearGraph());
    const lookup = writeModelFolder(lookupGraph());
    try {
      const { url, post } = await start(sample, { SAGEMAKER_MULTI_MODEL: 'true' });
      const load = async (name: string, directory: string): Promise<number> =>
        (await post('/models', JSON.stringify({ model_name: name, url: directory }))).status;
      expect((await fetch(`${url}/ping`)).status).toBe(200);
      expect((await post('/models/a/invoke', '{"features":[1,1,1]}')).status).toBe(404);
      expect(await load('a', linear.directory)).toBe(200);
      expect(await load('a', linear.directory)).toBe(409);
      expect(await load('b', lookup.directory)).toBe(200);
      expect(await load('c', '/nowhere')).toBe(404);
      expect((await post('/models/a/invoke', '{"features":[1,1,1]}')).text).toBe('{"prediction":[6,-0.25]}');
      const target = { 'content-type': 'application/json', 'x-amzn-sagemaker-target-model': 'b' };
      expect((await post('/invocations', '{"features":[2]}', target)).text).toBe('{"prediction":[12]}');
      expect(await (await fetch(`${url}/models?limit=1`)).json()).toEqual({
        models: [{ modelName: 'a', modelUrl: linear.directory }],
        nextPageToken: '1',
      });
      expect((await fetch(`${url}/models/a`, { method: 'DELETE' })).status).toBe(200);
      expect((await fetch(`${url}/models/a`, { method: 'DELETE' })).status).toBe(404);
      expect((await fetch(`${url}/models/a`)).status).toBe(404);
    } finally {
      linear.remove();
      lookup.remove();
    }
  });

  it('answer with the digest of the folder of all of them, unless SageMaker decides what is loaded', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'several-models-'));
    try {
      const sources = [writeModelFolder(linearGraph()), writeModelFolder(lookupGraph())];
      for (const [index, { directory, remove }] of sources.entries()) {
        await cp(directory, path.join(folder, `model-${String(index)}`), { recursive: true });
        remove();
      }
      const { digest } = await readModelManifest(folder);
      const attributesOf = async (environment: Readonly<Record<string, string>>): Promise<string | null> => {
        const { url } = await start(folder, environment);
        return (await fetch(`${url}/ping`)).headers.get('x-amzn-sagemaker-custom-attributes');
      };
      expect(await attributesOf({})).toBe(`model-digest=${digest}`);
      expect(await attributesOf({ SAGEMAKER_MULTI_MODEL: 'true', RELEASE_ID: 'r1' })).toBe('release-id=r1');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('are refused with 507 if the memory is full', async () => {
    const big: Graph = identityGraph('float32', ['batch']);
    const folder = writeModelFolder({ ...big, name: 'x'.repeat(2 * 1024 * 1024) });
    const { post } = await start(sample, { SAGEMAKER_MULTI_MODEL: 'true', MODEL_MEMORY_MIB: '3' });
    const load = async (name: string): Promise<number> =>
      (await post('/models', JSON.stringify({ model_name: name, url: folder.directory }))).status;
    expect([await load('a'), await load('b')]).toEqual([200, 507]);
    folder.remove();
  });
});
