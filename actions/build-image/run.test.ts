import { beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../lib/domain/errors.ts';
import type { PublishedImage } from '../lib/domain/image-manifest.ts';
import type { ImageBuilder, ImageSource } from '../lib/ports/image-builder.ts';
import { parseBuildImageInputs } from './inputs.ts';
import { renderOutputs, renderSummary, runBuildImage, type BuildImagePorts } from './run.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const DIGEST = `sha256:${'1'.repeat(64)}`;
const given: Readonly<Record<string, string>> = {
  repository: 'onnx-inference',
  region: 'eu-central-1',
  commit: COMMIT,
  builder: 'auto',
  'working-directory': '.',
  context: '.',
  dockerfile: 'server/Dockerfile',
  'model-directory': 'server/model',
  platform: 'linux/amd64',
  'build-arguments': 'BASE=node:24\n\nEMPTY=',
  network: 'host',
};
const parse = (change: Readonly<Record<string, string>> = {}) =>
  parseBuildImageInputs((name) => ({ ...given, ...change })[name] ?? '');

const image: PublishedImage = {
  reference: `registry/onnx-inference@${DIGEST}`,
  digest: DIGEST,
  sizeBytes: 3 * 2 ** 20,
  platform: 'linux/amd64',
  layers: [],
};

describe('runBuildImage', () => {
  let tags: Map<string, PublishedImage>;
  let built: ImageSource[];
  let ports: BuildImagePorts;
  let publish: ImageBuilder['publish'];

  beforeEach(() => {
    tags = new Map();
    built = [];
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
      },
      reader: () => ({ find: async (tag) => await Promise.resolve(tags.get(tag)) }),
      chooseBuilder: async () =>
        await Promise.resolve({ kind: 'docker', publish: async (...all) => await publish(...all) }),
      commitTimeSeconds: async () => await Promise.resolve(1_700_000_000),
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
      image: `registry/onnx-inference@${DIGEST}`,
      digest: DIGEST,
      size: String(3 * 2 ** 20),
      platform: 'linux/amd64',
      builder: 'docker',
    });
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

describe('renderSummary', () => {
  it('says what an embedded image is good for', () => {
    expect(renderSummary({ image, builder: 'embedded', tag: COMMIT })).toContain('for rehearsals only');
  });
});

describe('parseBuildImageInputs', () => {
  it.each([
    ['repository', 'Onnx Inference', 'the name of an ECR repository'],
    ['region', 'europe', 'an AWS region'],
    ['commit', 'main', 'a full commit SHA'],
    ['commit-time', 'yesterday', 'seconds since the Unix epoch'],
    ['builder', 'podman', 'auto, docker or embedded'],
    ['platform', 'amd64', 'a platform such as linux/amd64'],
    ['build-arguments', 'BASE', 'NAME=VALUE on each line'],
    ['build-arguments', 'MODEL=elsewhere', 'another name than MODEL'],
  ])('refuses %s: %s', (name, value, message) => {
    expect(() => parse({ [name]: value })).toThrow(message);
  });
});
