import type { LockedPackage } from './npm-lock.ts';

/** What a bill of materials is about. */
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
  readonly packages: readonly LockedPackage[];
  /** The image below, as the Dockerfile names it; undefined where there is none. */
  readonly baseImage: string | undefined;
  /** The model inside; undefined where it is not baked in. */
  readonly modelDigest: string | undefined;
}

interface SpdxPackage {
  readonly SPDXID: string;
  readonly name: string;
  readonly versionInfo: string;
  readonly downloadLocation: 'NOASSERTION';
  readonly filesAnalyzed: false;
  readonly licenseDeclared: string;
  readonly primaryPackagePurpose: 'CONTAINER' | 'LIBRARY' | 'OTHER';
  readonly checksums?: readonly { readonly algorithm: 'SHA256' | 'SHA512'; readonly checksumValue: string }[];
  readonly externalRefs?: readonly object[];
}

const IMAGE = 'SPDXRef-Image';
const BASE = 'SPDXRef-Base';
const MODEL = 'SPDXRef-Model';

/**
 * What is in an image beside its base, as an SPDX 2.3 document (https://spdx.github.io/spdx-spec/v2.3/): the npm packages of
 * the server, the model, and the base by its digest. What the base holds is for its own maker's document.
 */
export function renderSbom(subject: SbomSubject): string {
  const { packages, baseImage, modelDigest } = subject;
  const image = describeImage(subject);
  return `${JSON.stringify(
    {
      spdxVersion: 'SPDX-2.3',
      dataLicense: 'CC0-1.0',
      SPDXID: 'SPDXRef-DOCUMENT',
      name: `${subject.repository}@${subject.digest}`,
      documentNamespace: `https://spdx.org/spdxdocs/${subject.repository}-${hexOf(subject.digest)}`,
      creationInfo: {
        created: new Date(subject.commitTimeSeconds * 1000).toISOString().replace('.000Z', 'Z'),
        creators: ['Tool: build-image'],
      },
      documentDescribes: [IMAGE],
      packages: [
        image,
        ...packages.map(describePackage),
        ...(modelDigest === undefined ? [] : [describeModel(modelDigest)]),
        ...(baseImage === undefined ? [] : [describeBase(baseImage)]),
      ],
      relationships: [
        relation('SPDXRef-DOCUMENT', 'DESCRIBES', IMAGE),
        ...packages.map((locked) => relation(IMAGE, 'CONTAINS', idOf(locked))),
        ...packages.flatMap((locked) =>
          packages
            .filter(({ name }) => locked.needs.includes(name))
            .map((needed) => relation(idOf(locked), 'DEPENDS_ON', idOf(needed))),
        ),
        ...(modelDigest === undefined ? [] : [relation(IMAGE, 'CONTAINS', MODEL)]),
        ...(baseImage === undefined ? [] : [relation(IMAGE, 'DESCENDANT_OF', BASE)]),
      ],
    },
    undefined,
    2,
  )}\n`;
}

function describeImage({ repository, repositoryUri, digest, commit }: SbomSubject): SpdxPackage {
  return {
    ...common(IMAGE, repository, commit),
    primaryPackagePurpose: 'CONTAINER',
    checksums: [{ algorithm: 'SHA256', checksumValue: hexOf(digest) }],
    // https://github.com/package-url/purl-spec/blob/main/PURL-TYPES.rst#oci
    externalRefs: purl(
      `pkg:oci/${repository.split('/').at(-1) ?? ''}@${encodeURIComponent(digest)}?repository_url=${encodeURIComponent(repositoryUri)}`,
    ),
  };
}

function describePackage(locked: LockedPackage): SpdxPackage {
  const { name, version, license, integrity } = locked;
  const [algorithm, base64] = (integrity ?? '').split('-');
  return {
    ...common(idOf(locked), name, version),
    licenseDeclared: license ?? 'NOASSERTION',
    primaryPackagePurpose: 'LIBRARY',
    ...(algorithm === 'sha512' && base64 !== undefined
      ? { checksums: [{ algorithm: 'SHA512', checksumValue: Buffer.from(base64, 'base64').toString('hex') }] }
      : {}),
    externalRefs: purl(`pkg:npm/${name.replace('@', '%40')}@${version}`),
  };
}

function describeModel(digest: string): SpdxPackage {
  return {
    ...common(MODEL, 'model', digest),
    primaryPackagePurpose: 'OTHER',
    checksums: [{ algorithm: 'SHA256', checksumValue: hexOf(digest) }],
  };
}

function describeBase(reference: string): SpdxPackage {
  const [name = reference, digest] = reference.split('@');
  return {
    ...common(BASE, name, digest ?? 'NOASSERTION'),
    primaryPackagePurpose: 'CONTAINER',
    ...(digest === undefined ? {} : { checksums: [{ algorithm: 'SHA256', checksumValue: hexOf(digest) }] }),
  };
}

function common(SPDXID: string, name: string, versionInfo: string) {
  return {
    SPDXID,
    name,
    versionInfo,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseDeclared: 'NOASSERTION',
  } as const;
}

function purl(referenceLocator: string): readonly object[] {
  return [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator }];
}

function relation(spdxElementId: string, relationshipType: string, relatedSpdxElement: string): object {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}

// Letters, digits, dots and hyphens are all that an SPDX identifier may have.
function idOf({ name, version }: LockedPackage): string {
  return `SPDXRef-npm-${`${name}-${version}`.replace(/[^A-Za-z0-9.-]+/g, '.')}`;
}

function hexOf(digest: string): string {
  return digest.replace(/^sha256:/, '');
}
