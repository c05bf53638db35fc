import { beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../lib/domain/errors/user-error.ts';
import { parseBuildFile, type BuildSettings } from '../lib/domain/image/build-file.ts';
import type { PublishedImage } from '../lib/domain/image/manifest.ts';
import type { ImageBuilder, ImageSource } from '../lib/ports/image-builder.ts';
import type { ModelFile } from '../lib/domain/release/model-artifact.ts';
import type { ModelStore } from '../lib/ports/model-store.ts';
import { parseBuildImageInputs } from './inputs.ts';
import { renderOutputs, renderSummary } from './report.ts';
import { runBuildImage, type BuildImagePorts } from './run.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const DIGEST = `sha256:${'1'.repeat(64)}`;
const given: Readonly<Record<string, string>> = {
  repository: 'scoring',
  region: 'eu-west-1',
  commit: COMMIT,
  'working-directory': '.',
  context: '.',
  dockerfile: 'server/Dockerfile',
  'model-directory': 'server/models/scoring',
  platform: 'linux/amd64',
};
const parse = (change: Readonly<Record<string, string>> = {}) =>
  parseBuildImageInputs((name) => ({ ...given, ...change })[name] ?? '');

const settings = (file: object) => async (): Promise<BuildSettings> =>
  await Promise.resolve(parseBuildFile({ path: 'build.json', text: JSON.stringify(file) }));

const image: PublishedImage = {
  reference: `registry/scoring@${DIGEST}`,
  digest: DIGEST,
  sizeBytes: 3 * 2 ** 20,
  platform: 'linux/amd64',
  layers: [],
};

const MODEL_FILE: ModelFile = { path: 'model.onnx', sha256: 'e'.repeat(64), sizeBytes: 7 };
const NPM_SBOM = JSON.stringify({
  spdxVersion: 'SPDX-2.3',
  creationInfo: { creators: ['Tool: npm/cli-11.0.0'] },
  documentDescribes: ['SPDXRef-Package-root-1.0.0'],
  packages: [
    { name: 'root', SPDXID: 'SPDXRef-Package-root-1.0.0' },
    { name: 'hono', SPDXID: 'SPDXRef-Package-hono-4.0.0' },
  ],
  relationships: [],
});
const memoryStore = (bucket: string, objects: Map<string, ModelFile>): ModelStore => ({
  bucket,
  list: async () => await Promise.resolve([]),
  sha256Of: async (key) => await Promise.resolve(objects.get(key)?.sha256 ?? ''),
  putOnce: async (key, file) => {
    objects.set(key, file);
    return await Promise.resolve('written' as const);
  },
});

describe('runBuildImage', () => {
  let tags: Map<string, PublishedImage>;
  let built: ImageSource[];
  let ports: BuildImagePorts;
  let publish: ImageBuilder['publish'];
  let latest: string | undefined;
  let sboms: string[];
  let objects: Map<string, ModelFile>;

  beforeEach(() => {
    tags = new Map();
    built = [];
    latest = undefined;
    sboms = [];
    objects = new Map();
    publish = async (source, _repository, tag) => {
      built.push(source);
      tags.set(tag, image);
      await Promise.resolve();
    };
    ports = {
      repositories: {
        open: async (name) =>
          await Promise.resolve({
            name,
            registry: 'registry',
            uri: `registry/${name}`,
            username: 'AWS',
            password: 'x',
          }),
        findLatest: async () => await Promise.resolve(latest),
      },
      reader: () => ({ find: async (tag) => await Promise.resolve(tags.get(tag)) }),
      builder: { publish: async (...all) => await publish(...all) },
      commitTimeSeconds: async () => await Promise.resolve(1_700_000_000),
      readModel: async () =>
        await Promise.resolve({ folder: 'model', files: [MODEL_FILE], sourceOf: ({ path }) => path }),
      openModelStore: async (bucket) => await Promise.resolve(memoryStore(bucket, objects)),
      readSettings: settings({ arguments: { BASE: 'node:24', EMPTY: '' }, network: 'host', attestations: true }),
      readNpmSbom: () => Promise.resolve(NPM_SBOM),
      readBaseImage: () => Promise.resolve(`node:24@sha256:${'b'.repeat(64)}`),
      writeSbom: async (document) => {
        sboms.push(document);
        return await Promise.resolve('sbom.spdx.json');
      },
      reporter: { info: () => undefined, debug: () => undefined, warning: () => undefined, error: () => undefined },
    };
  });

  it('builds the commit, tags it with its SHA and answers the digest that the registry has', async () => {
    const result = await runBuildImage(parse(), ports);
    expect([...tags.keys()]).toEqual([COMMIT]);
    expect(built).toMatchObject([
      {
        commit: COMMIT,
        commitTimeSeconds: 1_700_000_000,
        buildArguments: { BASE: 'node:24', EMPTY: '' },
        network: 'host',
      },
    ]);
    expect(renderOutputs(result)).toEqual({
      image: `registry/scoring@${DIGEST}`,
      digest: DIGEST,
      size: String(3 * 2 ** 20),
      platform: 'linux/amd64',
      builder: 'docker',
      'previous-digest': '',
      'size-change': '',
      'new-layers-size': '',
      'sbom-file': 'sbom.spdx.json',
      'model-uri': '',
      'model-digest': '',
      attestations: 'true',
    });
  });

  it('says how much of the image is new against the one that was pushed before', async () => {
    const layer = (digit: string, size: number) => ({ mediaType: 'layer', digest: `sha256:${digit.repeat(64)}`, size });
    latest = `sha256:${'2'.repeat(64)}`;
    tags.set(latest, { ...image, digest: latest, sizeBytes: 2 ** 20, layers: [layer('a', 2 ** 20)] });
    publish = async (_source, _repository, tag) => {
      tags.set(tag, { ...image, layers: [layer('a', 2 ** 20), layer('c', 2 * 2 ** 20)] });
      await Promise.resolve();
    };
    const result = await runBuildImage(parse(), ports);
    expect(renderOutputs(result)).toMatchObject({
      'previous-digest': latest,
      'size-change': String(2 * 2 ** 20),
      'new-layers-size': String(2 * 2 ** 20),
    });
    expect(renderSummary(result)).toContain(
      '+2.0 MiB: 1 layers new (2.0 MiB), 1 reused (1.0 MiB) of `sha256:222222222222`',
    );
  });

  it('does not fail because the image before cannot be read, and says so', async () => {
    const warnings: string[] = [];
    const reporter = { ...ports.reporter, warning: (message: string) => void warnings.push(message) };
    const repositories = {
      ...ports.repositories,
      findLatest: async () => await Promise.reject(new Error('throttled')),
    };
    const result = await runBuildImage(parse(), { ...ports, reporter, repositories });
    expect(result.comparison).toBeUndefined();
    expect(warnings.join()).toContain('throttled');
    expect(renderSummary(result)).toContain('none to compare with');
  });

  it('writes a bill of materials that names the packages, the base and the model that is baked in', async () => {
    await runBuildImage(parse(), ports);
    const names = (JSON.parse(sboms[0] ?? '') as { packages: { name: string }[] }).packages.map(({ name }) => name);
    expect(names).toEqual(['scoring', 'hono', 'model', 'node:24']);
  });

  it('publishes the model before the image, leaves it out of the image, and names it for the release', async () => {
    const result = await runBuildImage(parse(), {
      ...ports,
      readSettings: settings({ modelBucket: 'models', modelPrefix: '/onnx/' }),
    });
    const digest = result.model?.digest ?? '';
    expect(renderOutputs(result)).toMatchObject({
      'model-uri': `s3://models/onnx/${digest.replace(':', '-')}/`,
      'model-digest': digest,
    });
    expect([...objects.keys()]).toEqual([`onnx/${digest.replace(':', '-')}/model.onnx`]);
    expect(built).toMatchObject([{ modelInImage: false }]);
    expect(sboms[0]).not.toContain('"model"');
    expect(renderSummary(result)).toContain('1 of 1 files new');
  });

  it('uses the image again when the tag is there already, and builds nothing', async () => {
    tags.set(COMMIT, image);
    const result = await runBuildImage(parse(), ports);
    expect(result.builder).toBe('reused');
    expect(built).toEqual([]);
  });

  it('takes the time of the commit from the input where it is given', async () => {
    await runBuildImage(parse({ 'commit-time': '1800000000' }), ports);
    expect(built[0]?.commitTimeSeconds).toBe(1_800_000_000);
  });

  it('uses the image of a faster run when its own push is refused by the immutable tag', async () => {
    publish = async (_source, _repository, tag) => {
      tags.set(tag, image);
      await Promise.reject(new Error('tag is immutable'));
    };
    expect((await runBuildImage(parse(), ports)).builder).toBe('reused');
  });

  it('fails with the reason of the failed build when there is no image', async () => {
    publish = async () => await Promise.reject(new UserError({ what: 'docker build failed', remedy: 'Look.' }));
    await expect(runBuildImage(parse(), ports)).rejects.toThrow('docker build failed');
  });

  it('fails when the registry has nothing after the push', async () => {
    publish = async () => await Promise.resolve();
    await expect(runBuildImage(parse(), ports)).rejects.toThrow(/registry does not have it/);
  });

  it('fails when the image is for another platform', async () => {
    await expect(runBuildImage(parse({ platform: 'linux/arm64' }), ports)).rejects.toThrow(/another platform/);
  });
});

describe('parseBuildImageInputs', () => {
  it.each([
    ['repository', 'Onnx Inference', 'the name of an ECR repository'],
    ['region', 'europe', 'an AWS region'],
    ['commit', 'main', 'a full commit SHA'],
    ['commit-time', 'yesterday', 'seconds since the Unix epoch'],
    ['platform', 'amd64', 'a platform such as linux/amd64'],
  ])('refuses %s: %s', (name, value, message) => {
    expect(() => parse({ [name]: value })).toThrow(message);
  });
});

describe('parseBuildFile', () => {
  it.each([
    [{ arguments: { BASE: 24 } }, 'a text'],
    [{ arguments: { BASE: 'node:24\nRUN true' } }, 'a text on one line'],
    [{ arguments: { 'BASE IMAGE': 'node:24' } }, 'a name of letters, digits and _'],
    [{ arguments: { MODEL: 'elsewhere' } }, 'another name than MODEL'],
    [{ network: '--privileged' }, 'the name of a network of the engine'],
    [{ modelBucket: 'Models' }, 'the name of an S3 bucket'],
    [{ modelPrefix: 'a b' }, 'a prefix of keys without spaces'],
    [{ attestation: true }, '"attestation"'],
  ])('refuses %j', async (file, message) => {
    await expect(settings(file)).rejects.toThrow(message);
  });
});
