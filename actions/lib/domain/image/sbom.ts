import { z } from 'zod';

/** The image that a bill of materials is about. */
export interface SbomSubject {
  /** Name of the image repository. */
  readonly repository: string;
  /** `REGISTRY/REPOSITORY`. */
  readonly repositoryUri: string;
  /** Digest of the image. */
  readonly digest: string;
  readonly commit: string;
  /** The commit's time, in seconds since the Unix epoch: the same image gives the same document. */
  readonly commitTimeSeconds: number;
  /** The image below, as the Dockerfile names it; undefined where there is none. */
  readonly baseImage: string | undefined;
  /** The model inside; undefined where it is not baked in. */
  readonly modelDigest: string | undefined;
}

const relationship = z.object({
  spdxElementId: z.string(),
  relationshipType: z.string(),
  relatedSpdxElement: z.string(),
});

const npmSbom = z.looseObject({
  spdxVersion: z.literal('SPDX-2.3'),
  creationInfo: z.looseObject({ creators: z.array(z.string()) }),
  documentDescribes: z.array(z.string()),
  packages: z.array(z.looseObject({ SPDXID: z.string() })),
  relationships: z.array(relationship),
});

const DOCUMENT = 'SPDXRef-DOCUMENT';
const IMAGE = 'SPDXRef-Image';
const BASE = 'SPDXRef-Base';
const MODEL = 'SPDXRef-Model';

/**
 * The contents of an image as an SPDX 2.3 document (https://spdx.github.io/spdx-spec/v2.3/): npm's own list of the server's
 * packages, the model, and the base by its digest. The base has a document of its own, by its maker.
 *
 * @param npmText the output of `npm sbom --sbom-format spdx` for the workspace `server`
 * @throws ZodError when it is not that.
 */
export function renderSbom(npmText: string, subject: SbomSubject): string {
  const { repository, digest, baseImage, modelDigest } = subject;
  const npm = npmSbom.parse(JSON.parse(npmText));
  // npm describes the root of the repository, which is not in the image.
  const roots = new Set(npm.documentDescribes);
  const packages = npm.packages.filter(({ SPDXID }) => !roots.has(SPDXID));
  const document = {
    ...npm,
    name: `${repository}@${digest}`,
    documentNamespace: `https://spdx.org/spdxdocs/${repository}-${hexOf(digest)}`,
    creationInfo: {
      created: new Date(subject.commitTimeSeconds * 1000).toISOString().replace('.000Z', 'Z'),
      creators: [...npm.creationInfo.creators, 'Tool: build-image'],
    },
    documentDescribes: [IMAGE],
    packages: [
      describeImage(subject),
      ...packages,
      ...(modelDigest === undefined ? [] : [describe(MODEL, 'model', modelDigest, modelDigest, 'OTHER')]),
      ...(baseImage === undefined ? [] : [describeBase(baseImage)]),
    ],
    relationships: [
      relation(DOCUMENT, 'DESCRIBES', IMAGE),
      ...packages.map(({ SPDXID }) => relation(IMAGE, 'CONTAINS', SPDXID)),
      ...npm.relationships.filter((one) => !roots.has(one.spdxElementId) && !roots.has(one.relatedSpdxElement)),
      ...(modelDigest === undefined ? [] : [relation(IMAGE, 'CONTAINS', MODEL)]),
      ...(baseImage === undefined ? [] : [relation(IMAGE, 'DESCENDANT_OF', BASE)]),
    ],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function describeImage({ repository, repositoryUri, digest, commit }: SbomSubject): object {
  // https://github.com/package-url/purl-spec/blob/main/PURL-TYPES.rst#oci
  const purl = `pkg:oci/${repository.split('/').at(-1) ?? ''}@${encodeURIComponent(digest)}?repository_url=${encodeURIComponent(repositoryUri)}`;
  return {
    ...describe(IMAGE, repository, commit, digest, 'CONTAINER'),
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
  };
}

function describeBase(reference: string): object {
  const [name = reference, digest] = reference.split('@');
  return describe(BASE, name, digest ?? 'NOASSERTION', digest, 'CONTAINER');
}

function describe(
  SPDXID: string,
  name: string,
  versionInfo: string,
  digest: string | undefined,
  primaryPackagePurpose: 'CONTAINER' | 'OTHER',
): object {
  return {
    ...{ SPDXID, name, versionInfo, primaryPackagePurpose },
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseDeclared: 'NOASSERTION',
    ...(digest === undefined ? {} : { checksums: [{ algorithm: 'SHA256', checksumValue: hexOf(digest) }] }),
  };
}

function relation(spdxElementId: string, relationshipType: string, relatedSpdxElement: string): object {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}

function hexOf(digest: string): string {
  return digest.replace(/^sha256:/, '');
}
