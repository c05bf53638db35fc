import { describe, expect, it } from 'vitest';
import { packageOf, packagesOf, parseNpmLock } from './npm-lock.ts';
import { renderSbom } from './sbom.ts';

const LOCK = parseNpmLock({
  path: 'package-lock.json',
  text: JSON.stringify({
    lockfileVersion: 3,
    packages: {
      '': { dependencies: { web: '1', runtime: '1', build: '1' } },
      'node_modules/web': { version: '1.0.0', license: 'MIT', dependencies: { '@scope/deep': '1', common: '2' } },
      'node_modules/web/node_modules/common': { version: '2.0.0' },
      'node_modules/common': { version: '1.0.0', integrity: `sha512-${Buffer.from('sum').toString('base64')}` },
      'node_modules/@scope/deep': { version: '3.0.0', dependencies: { common: '1' } },
      'node_modules/runtime': { version: '4.0.0', dependencies: { installer: '1' } },
      'node_modules/installer': { version: '5.0.0' },
      'node_modules/build': { version: '6.0.0' },
    },
  }),
});
const find = (...imported: string[]) =>
  packagesOf(LOCK, imported, new Set(['runtime'])).map(({ name, version }) => `${name}@${version}`);

describe('packagesOf', () => {
  it('follows what is imported to the versions that Node would find, and leaves out the rest', () => {
    expect(find('web')).toEqual(['@scope/deep@3.0.0', 'common@1.0.0', 'common@2.0.0', 'web@1.0.0']);
  });

  it('takes what is copied alone without what it needs', () => {
    expect(find('runtime')).toEqual(['runtime@4.0.0']);
  });

  it('names an import that is not locked', () => {
    expect(() => find('left-pad')).toThrow(/imports left-pad[^]*npm install left-pad/);
  });

  it.each([
    ['@scope/name/deep/file.js', '@scope/name'],
    ['name/deep', 'name'],
    ['name', 'name'],
  ])('knows the package of %s', (specifier, name) => {
    expect(packageOf(specifier)).toBe(name);
  });

  it('refuses a lock file of an npm that knew no packages', () => {
    expect(() => parseNpmLock({ path: 'package-lock.json', text: '{"lockfileVersion":1}' })).toThrow(/npm 7/);
  });
});

describe('renderSbom', () => {
  const subject = {
    repository: 'team/scoring',
    repositoryUri: '210987654321.dkr.ecr.eu-west-1.amazonaws.com/team/scoring',
    digest: `sha256:${'1'.repeat(64)}`,
    commit: '0123456789abcdef0123456789abcdef01234567',
    commitTimeSeconds: 1_700_000_000,
    packages: packagesOf(LOCK, ['web'], new Set()),
    baseImage: `node:24@sha256:${'b'.repeat(64)}`,
    modelDigest: `sha256:${'c'.repeat(64)}`,
  };
  const document = JSON.parse(renderSbom(subject)) as {
    packages: { SPDXID: string; name: string; checksums?: unknown; externalRefs?: { referenceLocator: string }[] }[];
    relationships: { spdxElementId: string; relationshipType: string; relatedSpdxElement: string }[];
  };

  it('is an SPDX 2.3 document of the image, the same for the same commit', () => {
    expect(document).toMatchObject({
      spdxVersion: 'SPDX-2.3',
      dataLicense: 'CC0-1.0',
      SPDXID: 'SPDXRef-DOCUMENT',
      creationInfo: { created: '2023-11-14T22:13:20Z' },
      documentDescribes: ['SPDXRef-Image'],
    });
    expect(renderSbom(subject)).toBe(renderSbom({ ...subject }));
  });

  it('names every part once, by an identifier of the characters that SPDX takes', () => {
    const ids = document.packages.map(({ SPDXID }) => SPDXID);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/);
    expect(document.packages.map(({ name }) => name)).toEqual([
      ...['team/scoring', '@scope/deep', 'common', 'common', 'web', 'model', 'node:24'],
    ]);
  });

  it('relates only what it names', () => {
    const ids = new Set(['SPDXRef-DOCUMENT', ...document.packages.map(({ SPDXID }) => SPDXID)]);
    for (const { spdxElementId, relatedSpdxElement } of document.relationships) {
      expect(ids).toContain(spdxElementId);
      expect(ids).toContain(relatedSpdxElement);
    }
    expect(document.relationships).toContainEqual({
      spdxElementId: 'SPDXRef-npm-web-1.0.0',
      relationshipType: 'DEPENDS_ON',
      relatedSpdxElement: 'SPDXRef-npm-.scope.deep-3.0.0',
    });
  });

  it('gives scanners the names and sums that they look up', () => {
    const locators = document.packages.flatMap(({ externalRefs = [] }) =>
      externalRefs.map(({ referenceLocator }) => referenceLocator),
    );
    expect(locators[0]).toBe(
      `pkg:oci/scoring@sha256%3A${'1'.repeat(64)}?repository_url=${encodeURIComponent(subject.repositoryUri)}`,
    );
    expect(locators).toContain('pkg:npm/%40scope/deep@3.0.0');
    expect(document.packages.find(({ SPDXID }) => SPDXID === 'SPDXRef-npm-common-1.0.0')?.checksums).toEqual([
      { algorithm: 'SHA512', checksumValue: Buffer.from('sum').toString('hex') },
    ]);
  });
});
