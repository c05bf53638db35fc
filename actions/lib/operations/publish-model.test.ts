import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { modelDigest, renderModelList, type ModelFile } from '../domain/release/model-artifact.ts';
import type { ModelStore } from '../ports/model-store.ts';
import type { Reporter } from '../ports/reporter.ts';
import { publishModel } from './publish-model.ts';

const quiet: Reporter = {
  info: () => undefined,
  debug: () => undefined,
  warning: () => undefined,
  error: () => undefined,
};
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const file = (path: string, content: string): ModelFile => ({
  path,
  sha256: sha256(content),
  sizeBytes: Buffer.byteLength(content),
});
const MODEL = [file('weights/b.bin', 'weights'), file('model.onnx', 'graph')];

/** A bucket that breaks off after so many writes. */
function memoryStore(objects: Map<string, ModelFile>, writes = Number.POSITIVE_INFINITY): ModelStore {
  let left = writes;
  return {
    bucket: 'models',
    list: async (prefix) =>
      await Promise.resolve(
        [...objects]
          .filter(([key]) => key.startsWith(prefix))
          .map(([key, { sizeBytes }]) => ({ path: key.slice(prefix.length), sizeBytes })),
      ),
    sha256Of: async (key) => await Promise.resolve(objects.get(key)?.sha256 ?? ''),
    putOnce: async (key, content) => {
      if (left-- <= 0) throw new Error('the runner is gone');
      if (objects.has(key)) return await Promise.resolve('exists' as const);
      objects.set(key, content);
      return 'written';
    },
  };
}

const publish = async (store: ModelStore, files: readonly ModelFile[] = MODEL) =>
  await publishModel({ folder: 'server/models/scoring', files, sourceOf: ({ path }) => path }, 'onnx', store, quiet);

describe('the digest of a model', () => {
  it('is that of what sha256sum prints for its files, sorted by path', () => {
    const list = `${sha256('graph')}  model.onnx\n${sha256('weights')}  weights/b.bin\n`;
    expect(renderModelList(MODEL)).toBe(list);
    expect(modelDigest(MODEL)).toBe(`sha256:${sha256(list)}`);
    expect(modelDigest(MODEL.toReversed())).toBe(modelDigest(MODEL));
  });

  it('changes with a name and with a content', () => {
    const digests = [MODEL, [file('model.onnx', 'graph')], [file('m.onnx', 'graph')], [file('model.onnx', 'grapi')]];
    expect(new Set(digests.map(modelDigest)).size).toBe(4);
  });
});

describe('publishModel', () => {
  it('writes every file under the digest, and nothing the second time', async () => {
    const objects = new Map<string, ModelFile>();
    const first = await publish(memoryStore(objects));
    expect(first.uri).toBe(`s3://models/onnx/${modelDigest(MODEL).replace(':', '-')}/`);
    expect([...objects.keys()].sort()).toEqual(
      ['model.onnx', 'weights/b.bin'].map((path) => `${first.uri.slice('s3://models/'.length)}${path}`),
    );
    expect(await publish(memoryStore(objects, 0))).toEqual({ ...first, written: 0 });
  });

  it('goes on where a run broke off', async () => {
    const objects = new Map<string, ModelFile>();
    await expect(publish(memoryStore(objects, 1))).rejects.toThrow('the runner is gone');
    expect((await publish(memoryStore(objects))).written).toBe(1);
    expect(objects.size).toBe(2);
  });

  it('takes what a run beside it has written, when it is the same', async () => {
    const objects = new Map<string, ModelFile>();
    const store = memoryStore(objects);
    const late: ModelStore = { ...store, list: async () => await Promise.resolve([]) };
    await publish(store);
    expect((await publish(late)).written).toBe(0);
  });

  it.each([
    ['another size', (one: ModelFile) => ({ ...one, sizeBytes: 1 }), /model\.onnx with 1 bytes/],
    ['another content', (one: ModelFile) => ({ ...one, sha256: 'f'.repeat(64) }), /model\.onnx with the SHA-256 f{64}/],
  ])('refuses %s under the digest, and overwrites nothing', async (_, change, message) => {
    const objects = new Map<string, ModelFile>();
    await publish(memoryStore(objects));
    const [key = ''] = [...objects.keys()].filter((one) => one.endsWith('model.onnx'));
    const foreign = change(file('model.onnx', 'graph'));
    objects.set(key, foreign);
    await expect(publish(memoryStore(objects))).rejects.toThrow(message);
    expect(objects.get(key)).toBe(foreign);
  });

  it('refuses a further file under the digest, which SageMaker would mount too', async () => {
    const objects = new Map<string, ModelFile>();
    const { uri } = await publish(memoryStore(objects));
    objects.set(`${uri.slice('s3://models/'.length)}extra.bin`, file('extra.bin', 'x'));
    await expect(publish(memoryStore(objects))).rejects.toThrow(/also extra\.bin/);
  });

  it.each([
    ['no model', [file('readme.txt', 'x')], /holds no model[^]*readme\.txt/],
    ['no files', [], /no files/],
    ['a name over two lines', [file('model.onnx', 'g'), file('a\nb', 'x')], /cannot be published[^]*"a\\nb"/],
    ['a file that is too large', [{ ...file('model.onnx', 'g'), sizeBytes: 6e9 }], /too large[^]*external data/],
  ])('refuses a folder with %s', async (_, files, message) => {
    await expect(publish(memoryStore(new Map()), files)).rejects.toThrow(message);
  });
});
