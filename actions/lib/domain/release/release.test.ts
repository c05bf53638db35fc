import { describe, expect, it } from 'vitest';
import instanceTypes from '../../../../terraform/modules/inference-endpoint/aws/instance-types.json' with { type: 'json' };
import { UserError } from '../errors/user-error.ts';
import { isArmInstanceType } from './instance-type.ts';
import {
  checkReleasesUnedited,
  findRelease,
  liveRelease,
  parseReleaseFile,
  releaseIdOf,
  type ReleaseFile,
  type ReleaseSpec,
} from './release.ts';

const SPEC: ReleaseSpec = {
  image: `210987654321.dkr.ecr.eu-west-1.amazonaws.com/scoring@sha256:${'a'.repeat(64)}`,
  model: null,
  instanceType: 'ml.m5.large',
  instanceCount: 2,
  environment: { LOG_LEVEL: 'info' },
  startupTimeoutSeconds: 300,
};
const SOURCE = { commit: 'c'.repeat(40), createdAt: '2026-01-31T12:00:00Z', promotedFrom: null };
const ID = releaseIdOf(SPEC);

function fileWith(spec: unknown, id = ID, live: string | null = id): { path: string; text: string } {
  return {
    path: 'environments/dev/release.json',
    text: JSON.stringify({ live, releases: { [id]: { spec, source: SOURCE } } }, null, 2),
  };
}

function errorOf(action: () => unknown): UserError {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('parseReleaseFile', () => {
  it('gives the live release of a valid file', () => {
    const parsed = parseReleaseFile(fileWith(SPEC));
    expect(liveRelease(parsed)).toEqual({ id: ID, spec: SPEC, source: SOURCE });
  });

  it('accepts an environment without any release', () => {
    const parsed = parseReleaseFile({ path: 'release.json', text: '{"live":null,"releases":{}}' });
    expect(liveRelease(parsed)).toBeUndefined();
  });

  it('refuses an id that does not match its content and names both', () => {
    const { parts } = errorOf(() => parseReleaseFile(fileWith({ ...SPEC, instanceCount: 3 })));
    expect(parts.where).toBe(`environments/dev/release.json at releases["${ID}"].spec`);
    expect(parts.expected).toContain(ID);
    expect(parts.found).toContain(releaseIdOf({ ...SPEC, instanceCount: 3 }));
    expect(parts.location).toEqual({ file: 'environments/dev/release.json', line: 2 });
  });

  it('refuses a live release that is not listed', () => {
    const { parts } = errorOf(() => parseReleaseFile(fileWith(SPEC, ID, '0123456789ab')));
    expect(parts.found).toBe('0123456789ab');
    expect(parts.expected).toContain(ID);
  });

  it.each([
    ['an image by tag', { ...SPEC, image: 'registry.example/scoring:latest' }, '.image'],
    [
      'a model that is no S3 prefix',
      { ...SPEC, model: { uri: 's3://bucket/model.tar.gz', digest: `sha256:${'b'.repeat(64)}` } },
      '.model.uri',
    ],
    ['no instances', { ...SPEC, instanceCount: 0 }, '.instanceCount'],
    ['an instance type of EC2', { ...SPEC, instanceType: 'm5.large' }, '.instanceType'],
    ['a start-up timeout under a minute', { ...SPEC, startupTimeoutSeconds: 59 }, '.startupTimeoutSeconds'],
    ['an environment that sets RELEASE_ID', { ...SPEC, environment: { RELEASE_ID: 'x' } }, '.environment'],
    ['an environment value over 1024 bytes', { ...SPEC, environment: { A: 'é'.repeat(513) } }, '.environment.A'],
    ['an unknown field', { ...SPEC, instances: 2 }, ''],
    ['a mistyped size', { ...SPEC, instanceType: 'ml.m5.lagre' }, '.instanceType'],
    ['a Graviton type', { ...SPEC, instanceType: 'ml.m8g.large' }, '.instanceType'],
    ['a Graviton type with local storage', { ...SPEC, instanceType: 'ml.r7gd.xlarge' }, '.instanceType'],
    ['a type with Grace processors', { ...SPEC, instanceType: 'ml.p6e-gb200.36xlarge' }, '.instanceType'],
    ['half of the settings', { ...SPEC, settings: { network: null } }, '.settings.networkIsolation'],
  ])('refuses %s and says where', (_, spec, suffix) => {
    const { parts } = errorOf(() => parseReleaseFile(fileWith(spec)));
    expect(parts.where).toBe(`environments/dev/release.json at releases["${ID}"].spec${suffix}`);
    expect(parts.remedy).not.toBe('');
  });

  it.each([
    ['an empty file', '', 'an empty file'],
    ['a truncated file', '{"live":', 'the end of the file'],
  ])('says that %s is not JSON', (_, text, found) => {
    const { parts } = errorOf(() => parseReleaseFile({ path: 'environments/dev/release.json', text }));
    expect(parts.what).toBe('environments/dev/release.json is not JSON');
    expect(parts.found).toContain(found);
  });

  it('keeps the ids of entries from before there were settings', () => {
    const ids = { LOG_LEVEL: '5f005bc98319' };
    const image = `123456789012.dkr.ecr.eu-central-1.amazonaws.com/onnx-inference@sha256:${'0123456789abcdef'.repeat(4)}`;
    expect(releaseIdOf({ ...SPEC, image })).toBe(ids.LOG_LEVEL);
  });

  it('takes every x86 hosting type of the list', () => {
    const types = instanceTypes.types.filter((type) => !isArmInstanceType(type));
    expect(types).toEqual(
      expect.arrayContaining(['ml.c6in.large', 'ml.g7e.2xlarge', 'ml.p6-b200.48xlarge', 'ml.g5.xlarge']),
    );
    for (const instanceType of types) {
      const spec = { ...SPEC, instanceType };
      expect(parseReleaseFile(fileWith(spec, releaseIdOf(spec))).live).toBe(releaseIdOf(spec));
    }
  });

  it('does not take a prototype key for a release', () => {
    const parsed = parseReleaseFile(fileWith(SPEC));
    expect(findRelease(parsed, 'constructor')).toBeUndefined();
  });
});

describe('checkReleasesUnedited', () => {
  const other: ReleaseSpec = { ...SPEC, instanceCount: 4 };
  const base: ReleaseFile = { live: ID, releases: { [ID]: { spec: SPEC, source: SOURCE } } };

  it('lets a release be added and another go', () => {
    const head: ReleaseFile = {
      live: releaseIdOf(other),
      releases: { [releaseIdOf(other)]: { spec: other, source: SOURCE } },
    };
    expect(() => checkReleasesUnedited(base, head, 'release.json')).not.toThrow();
  });

  it('refuses a release that was edited in place, its source included', () => {
    const head: ReleaseFile = {
      live: ID,
      releases: { [ID]: { spec: SPEC, source: { ...SOURCE, promotedFrom: 'dev' } } },
    };
    const { parts } = errorOf(() => checkReleasesUnedited(base, head, 'environments/dev/release.json'));
    expect(parts.what).toContain(ID);
    expect(parts.remedy).toContain('release -- add');
  });
});
