import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../ports/clock.ts';
import type { ImageSource } from '../../ports/image-builder.ts';
import type { Reporter } from '../../ports/reporter.ts';
import { IMAGE_SOURCE } from '../../testing/image-source.ts';
import { startMemoryRegistry, type MemoryRegistry } from '../../../../scripts/testing/memory-registry.ts';
import { createEmbeddedBuilder } from './embedded-builder.ts';
import { createImageReader } from '../registry/image-reader.ts';
import { createRegistryClient } from '../registry/client.ts';

const reporter: Reporter = {
  info: () => undefined,
  debug: () => undefined,
  warning: () => undefined,
  error: () => undefined,
};
// No test waits: a pause between two attempts is over at once.
const clock: Pick<Clock, 'sleep'> = { sleep: async () => await Promise.resolve() };
const BINARIES = `node_modules/onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}`;

describe('the embedded builder', () => {
  let registry: MemoryRegistry;
  let root: string;

  beforeEach(async () => {
    registry = await startMemoryRegistry();
    root = await mkdtemp(path.join(tmpdir(), 'embedded-builder-test-'));
    for (const [file, text] of Object.entries({
      'server/dist/main.js': 'serve();',
      'server/dist/worker.js': 'work();',
      'server/models/scoring/model.onnx': 'weights',
      'server/models/scoring/train.ts': 'train();',
      'server/models/scoring/golden.json': '[]',
      'node_modules/onnxruntime-node/package.json': '{}',
      'node_modules/onnxruntime-node/dist/index.js': 'bind();',
      [`${BINARIES}/onnxruntime_binding.node`]: 'binary',
      'node_modules/onnxruntime-node/bin/napi-v6/other/arch/onnxruntime_binding.node': 'for another machine',
      'node_modules/onnxruntime-common/package.json': '{}',
      'node_modules/onnxruntime-common/dist/index.js': 'tensor();',
    })) {
      await mkdir(path.dirname(path.join(root, file)), { recursive: true });
      await writeFile(path.join(root, file), text);
    }
  });

  afterEach(async () => {
    await registry.close();
    await rm(root, { recursive: true });
  });

  const publish = async (tag: string, change: Partial<ImageSource> = {}) => {
    const source = { ...IMAGE_SOURCE, workingDirectory: root, ...change };
    await createEmbeddedBuilder({ reporter, clock }).publish(source, registry.repository, tag);
    const image = await createImageReader(
      registry.repository,
      createRegistryClient(registry.repository, { clock }),
    ).find(tag);
    if (image === undefined) throw new Error(`no image under ${tag}`);
    return image;
  };

  it('makes an image that holds the server, this machine’s onnxruntime and the model, and nothing else', async () => {
    const image = await publish('first');
    const files = (await Promise.all(image.layers.map(async ({ digest }) => await listLayer(registry, digest)))).flat();
    expect(
      files
        .filter(({ type }) => type === 'file')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(
      [
        'opt/ml/model/model.onnx',
        'opt/program/dist/main.js',
        'opt/program/dist/worker.js',
        'opt/program/package.json',
        'opt/program/node_modules/onnxruntime-common/dist/index.js',
        'opt/program/node_modules/onnxruntime-common/package.json',
        `opt/program/${BINARIES}/onnxruntime_binding.node`,
        'opt/program/node_modules/onnxruntime-node/dist/index.js',
        'opt/program/node_modules/onnxruntime-node/package.json',
      ].sort(),
    );
    expect(new Set(files.map(({ mtime }) => mtime))).toEqual(new Set([0]));
    expect(image.platform).toBe(`${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`);
  });

  it('states the digest of every uncompressed layer in the configuration', async () => {
    await publish('first');
    const manifest = JSON.parse(Buffer.from(registry.manifests.get('first')?.bytes ?? []).toString()) as {
      config: { digest: string };
      layers: { digest: string }[];
    };
    const config = JSON.parse(Buffer.from(registry.blobs.get(manifest.config.digest) ?? []).toString()) as {
      rootfs: { diff_ids: string[] };
    };
    const actual = manifest.layers.map(({ digest }) => {
      const archive = gunzipSync(registry.blobs.get(digest) ?? new Uint8Array());
      return `sha256:${createHash('sha256').update(archive).digest('hex')}`;
    });
    expect(config.rootfs.diff_ids).toEqual(actual);
  });

  it('gives the same digest for the same content, whatever its times', async () => {
    const first = await publish('first');
    await utimes(path.join(root, 'server/models/scoring/model.onnx'), 1, 1);
    await rm(path.join(root, 'node_modules/.cache'), { recursive: true });
    expect((await publish('second')).digest).toBe(first.digest);
  });

  it('pushes only the layer that changed', async () => {
    const first = await publish('first');
    await writeFile(path.join(root, 'server/models/scoring/model.onnx'), 'other weights');
    registry.requests.length = 0;
    const second = await publish('second', { commit: 'c0ffef', commitTimeSeconds: 1_800_000_000 });
    expect(second.layers.map((layer, index) => layer.digest === first.layers[index]?.digest)).toEqual([
      true,
      true,
      false,
    ]);
    // One layer and the configuration.
    expect(registry.requests.filter((request) => request.startsWith('PATCH'))).toHaveLength(2);
  });

  it('packs the runtime again where the kept layer was damaged', async () => {
    const first = await publish('first');
    const digest = first.layers[0]?.digest ?? '';
    const kept = path.join(root, 'node_modules/.cache/image-layers', `${digest.slice('sha256:'.length)}.tar.gz`);
    const size = (await readFile(kept)).length;
    await writeFile(kept, 'cut short');
    expect((await publish('second')).digest).toBe(first.digest);
    expect((await readFile(kept)).length).toBe(size);
  });

  it('survives a registry that fails at first', async () => {
    registry.failures.push(500, 503, 429);
    expect((await publish('first')).sizeBytes).toBeGreaterThan(0);
  });

  it('says what the role lacks when the registry refuses it', async () => {
    const other = { ...registry.repository, password: 'wrong' };
    const push = createEmbeddedBuilder({ reporter, clock }).publish(
      {
        ...{
          workingDirectory: root,
          context: '.',
          dockerfile: '',
          modelDirectory: 'server/models/scoring',
          modelInImage: true,
        },
        ...{ platform: '', commit: '', commitTimeSeconds: 0, buildArguments: {}, network: undefined },
      },
      other,
      'first',
    );
    await expect(push).rejects.toThrow(/HTTP 401[^]*Check that the role may push/);
  });

  it.each([
    ['server/dist/main.js', /needs the built server[^]*npm ci && npm run build/],
    ['server/models/scoring/model.onnx', /needs a model[^]*model-directory/],
    ['node_modules/onnxruntime-common/package.json', /needs onnxruntime-common[^]*npm ci/],
  ])('says what to do when %s is missing', async (file, message) => {
    await rm(path.join(root, file));
    await expect(publish('first')).rejects.toThrow(message);
    expect(registry.manifests.size).toBe(0);
  });

  it('refuses a symbolic link, which would mean another thing in the image', async () => {
    await symlink('/etc/hostname', path.join(root, 'server/models/scoring/weights.bin'));
    await expect(publish('first')).rejects.toThrow(/weights\.bin[^]*symbolic link/);
  });
});

async function listLayer(registry: MemoryRegistry, digest: string) {
  const archive = extract();
  const files: { readonly name: string; readonly type: string | null | undefined; readonly mtime: number }[] = [];
  archive.end(gunzipSync(registry.blobs.get(digest) ?? new Uint8Array()));
  for await (const entry of archive) {
    const { name, type, mtime } = entry.header;
    files.push({ name, type, mtime: mtime.getTime() });
    entry.resume();
  }
  return files;
}
