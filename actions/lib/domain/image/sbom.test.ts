import { describe, expect, it } from 'vitest';
import { renderSbom } from './sbom.ts';

// As npm writes it, cut down to what matters here.
const NPM = JSON.stringify({
  spdxVersion: 'SPDX-2.3',
  dataLicense: 'CC0-1.0',
  SPDXID: 'SPDXRef-DOCUMENT',
  name: 'root@1.0.0',
  documentNamespace: 'http://spdx.org/spdxdocs/root-1.0.0-0e3e9f6f',
  creationInfo: { created: '2026-01-31T12:00:00.123Z', creators: ['Tool: npm/cli-11.0.0'] },
  documentDescribes: ['SPDXRef-Package-root-1.0.0'],
  packages: ['root', 'server', 'web'].map((name) => ({ name, SPDXID: `SPDXRef-Package-${name}-1.0.0` })),
  relationships: [
    ['SPDXRef-DOCUMENT', 'DESCRIBES', 'SPDXRef-Package-root-1.0.0'],
    ['SPDXRef-Package-server-1.0.0', 'DEPENDENCY_OF', 'SPDXRef-Package-root-1.0.0'],
    ['SPDXRef-Package-web-1.0.0', 'DEPENDENCY_OF', 'SPDXRef-Package-server-1.0.0'],
  ].map(([spdxElementId, relationshipType, relatedSpdxElement]) => ({
    spdxElementId,
    relationshipType,
    relatedSpdxElement,
  })),
});

describe('renderSbom', () => {
  const subject = {
    repository: 'team/scoring',
    repositoryUri: '210987654321.dkr.ecr.eu-west-1.amazonaws.com/team/scoring',
    digest: `sha256:${'1'.repeat(64)}`,
    commit: '0123456789abcdef0123456789abcdef01234567',
    commitTimeSeconds: 1_700_000_000,
    baseImage: `node:24@sha256:${'b'.repeat(64)}`,
    modelDigest: `sha256:${'c'.repeat(64)}`,
  };
  const document = JSON.parse(renderSbom(NPM, subject)) as {
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
    expect(renderSbom(NPM, subject)).toBe(
      renderSbom(NPM.replace('12:00', '13:00').replace('0e3e9f6f', '1f4f0a70'), subject),
    );
  });

  it('names every part once, by an identifier of the characters that SPDX takes', () => {
    const ids = document.packages.map(({ SPDXID }) => SPDXID);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/);
    expect(document.packages.map(({ name }) => name)).toEqual([
      ...['team/scoring', 'server', 'web', 'model', 'node:24'],
    ]);
  });

  it('relates only what it names', () => {
    const ids = new Set(['SPDXRef-DOCUMENT', ...document.packages.map(({ SPDXID }) => SPDXID)]);
    for (const { spdxElementId, relatedSpdxElement } of document.relationships) {
      expect(ids).toContain(spdxElementId);
      expect(ids).toContain(relatedSpdxElement);
    }
    expect(document.relationships).toContainEqual({
      spdxElementId: 'SPDXRef-Package-web-1.0.0',
      relationshipType: 'DEPENDENCY_OF',
      relatedSpdxElement: 'SPDXRef-Package-server-1.0.0',
    });
    expect(document.relationships).toContainEqual({
      spdxElementId: 'SPDXRef-Image',
      relationshipType: 'CONTAINS',
      relatedSpdxElement: 'SPDXRef-Package-web-1.0.0',
    });
  });

  it('names the image by its purl, and the model by its sum', () => {
    expect(document.packages[0]?.externalRefs?.map(({ referenceLocator }) => referenceLocator)).toEqual([
      `pkg:oci/scoring@sha256%3A${'1'.repeat(64)}?repository_url=${encodeURIComponent(subject.repositoryUri)}`,
    ]);
    expect(document.packages.find(({ name }) => name === 'model')?.checksums).toEqual([
      { algorithm: 'SHA256', checksumValue: 'c'.repeat(64) },
    ]);
  });
});
