import { describe, expect, it } from 'vitest';
import { parseReleaseFile, releaseIdOf, type ReleaseFile, type ReleaseSpec } from './release.ts';
import { addRelease, renderReleaseFile, retainReleases, setLive } from './edit.ts';

const EMPTY: ReleaseFile = { $schema: '../../release.schema.json', live: null, releases: {} };

function spec(instanceCount: number): ReleaseSpec {
  return {
    image: `registry.example/scoring@sha256:${'a'.repeat(64)}`,
    model: null,
    instanceType: 'ml.m5.large',
    instanceCount,
    environment: {},
    startupTimeoutSeconds: 60,
  };
}

function source(day: number): ReleaseFile['releases'][string]['source'] {
  return { commit: 'c'.repeat(40), createdAt: `2026-01-${String(day).padStart(2, '0')}T00:00:00Z`, promotedFrom: null };
}

function fileOf(...counts: number[]): ReleaseFile {
  return counts.reduce((file, count) => addRelease(file, spec(count), source(count)).file, EMPTY);
}

const id = (count: number): string => releaseIdOf(spec(count));

describe('addRelease', () => {
  it('adds the release and makes it live', () => {
    const { file, added } = addRelease(EMPTY, spec(1), source(1));
    expect(added).toBe(true);
    expect(file.live).toBe(id(1));
    expect(file.releases[id(1)]).toEqual({ spec: spec(1), source: source(1) });
  });

  it('keeps the entry of a specification that is there already', () => {
    const { file, added } = addRelease(fileOf(1, 2), spec(1), source(9));
    expect(added).toBe(false);
    expect(file.live).toBe(id(1));
    expect(file.releases[id(1)]?.source).toEqual(source(1));
  });
});

describe('setLive', () => {
  it('changes one line of the file', () => {
    const before = renderReleaseFile(fileOf(1, 2)).split('\n');
    const after = renderReleaseFile(setLive(fileOf(1, 2), id(1), 'release.json')).split('\n');
    expect(after.filter((line, index) => line !== before[index])).toEqual([`  "live": "${id(1)}",`]);
  });

  it('refuses a release that is not listed', () => {
    expect(() => setLive(fileOf(1), 'ffffffffffff', 'release.json')).toThrow(/ffffffffffff is not among/);
  });
});

describe('retainReleases', () => {
  it('drops the oldest beyond the count', () => {
    const { file, dropped } = retainReleases(fileOf(1, 2, 3, 4), 2, () => false);
    expect([...dropped].sort()).toEqual([id(1), id(2)].sort());
    expect(Object.keys(file.releases).sort()).toEqual([id(3), id(4)].sort());
  });

  it('never drops the live one or a protected one, however old', () => {
    const rolledBack = setLive(fileOf(1, 2, 3, 4, 5), id(1), 'release.json');
    const { dropped } = retainReleases(rolledBack, 2, (candidate) => candidate === id(2));
    expect(dropped).toEqual([id(3)]);
  });
});

describe('renderReleaseFile', () => {
  it('writes what the parser reads', () => {
    const file = fileOf(1, 2);
    expect(parseReleaseFile({ path: 'release.json', text: renderReleaseFile(file) })).toEqual(file);
  });
});
