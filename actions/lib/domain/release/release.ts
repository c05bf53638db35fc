import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../json/canonical.ts';
import { oneOf, UserError } from '../errors/user-error.ts';
import { parseJsonFile, refuseRoundedNumbers, type JsonFile } from '../json/file.ts';
import { INSTANCE_TYPE, isArmInstanceType } from './instance-type.ts';
import { releaseSettings } from './settings.ts';

/** The first 12 hex digits of the SHA-256 of a release's canonical specification. */
export type ReleaseId = string;

const releaseId = z
  .string()
  .regex(/^[0-9a-f]{12}$/, 'a release id: 12 hex digits in lower case')
  .describe('First 12 hex digits of the SHA-256 of the canonical JSON of the spec');

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'a digest: sha256: and 64 hex digits in lower case');

const container = z
  .record(
    z
      .string()
      .regex(
        /^[a-zA-Z_][a-zA-Z0-9_]{0,1023}$/,
        'an environment variable name: letters, digits and _, not starting with a digit',
      ),
    z.string().refine((value) => Buffer.byteLength(value) <= 1024, 'a value of at most 1024 bytes'),
  )
  .refine((entries) => !Object.keys(entries).some(isReservedKey), {
    message: 'no key RELEASE_ID and none that starts with AWS_: the platform sets those',
  })
  // 100 entries and 32 KB are SageMaker's limits (EnvironmentMap in the API model); RELEASE_ID is one of the 100.
  .refine((entries) => Object.keys(entries).length <= 99, 'at most 99 entries (RELEASE_ID is added to them)')
  .refine(
    (entries) => Object.entries(entries).every(([k, v]) => k.isWellFormed() && v.isWellFormed()),
    'well-formed Unicode',
  )
  .refine(
    (entries) =>
      Object.entries(entries).reduce((sum, [k, v]) => sum + Buffer.byteLength(k) + Buffer.byteLength(v), 0) <= 32_000,
    'at most 32 KB of keys and values in all',
  );

function isReservedKey(key: string): boolean {
  return key === 'RELEASE_ID' || key.startsWith('AWS_');
}

const spec = z
  .strictObject({
    image: z
      .string()
      .max(255, 'an image reference of at most 255 characters')
      .regex(
        /^[a-zA-Z0-9.-]+(:[0-9]+)?\/[a-z0-9]+(?:[._/-][a-z0-9]+)*@sha256:[0-9a-f]{64}$/,
        'an image by digest: REGISTRY/REPOSITORY@sha256:DIGEST (a tag can move, a digest cannot)',
      )
      .describe('The inference image, by digest'),
    model: z
      .strictObject({
        uri: z
          .string()
          .max(1024)
          .regex(
            /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/(?:[^\s]*\/)?$/,
            'an S3 prefix that ends in /, in a bucket with a name of 3 to 63 characters: s3://BUCKET/PREFIX/',
          )
          .describe('S3 prefix of the uncompressed model folder'),
        digest,
      })
      .nullable()
      .describe('The model artifact, or null where the model is baked into the image'),
    instanceType: z
      .string()
      .regex(INSTANCE_TYPE, 'a SageMaker instance type such as ml.m5.large')
      .refine(
        (type) => !isArmInstanceType(type),
        'an instance type with x86 processors, such as ml.m5.large: the image is built for linux/amd64',
      ),
    instanceCount: z.int('a whole number').min(1, 'at least 1').describe('Instances that the fleet starts with'),
    environment: container.describe('Container environment; never a secret: plans and Describe calls show it'),
    startupTimeoutSeconds: z
      .int('a whole number of seconds')
      .min(60, 'at least 60 seconds')
      .max(3600, 'at most 3600 seconds')
      .describe('How long a container may take until /ping answers 200'),
    settings: releaseSettings,
  })
  .describe('What runs, and how: the part that the id is made of');

const source = z
  .strictObject({
    commit: z
      .string()
      .regex(/^[0-9a-f]{40}$/, 'a full commit SHA: 40 hex digits')
      .describe('The commit the image was built from'),
    createdAt: z.iso.datetime('a UTC time such as 2026-01-31T12:00:00Z'),
    promotedFrom: z.string().nullable().describe('The environment it was verified in before, or null'),
    modelDigest: digest.exactOptional().describe('Digest of the model, where it is baked into the image'),
  })
  .describe('Where it came from; not part of the id');

/** Schema of `release.json`; `environments/release.schema.json` is generated from it. */
export const releaseFileSchema = z.strictObject({
  $schema: z.string().optional(),
  live: releaseId.nullable().describe('The release that should serve; null before the first one'),
  releases: z.record(releaseId, z.strictObject({ spec, source })).describe('Every release that can be served, by id'),
});

export type ReleaseFile = z.output<typeof releaseFileSchema>;
export type ReleaseSpec = z.output<typeof spec>;
export type ReleaseSource = z.output<typeof source>;
export interface Release {
  readonly id: ReleaseId;
  readonly spec: ReleaseSpec;
  readonly source: ReleaseSource;
}

/** The id of a release: the first 12 hex digits of the SHA-256 of the canonical JSON of its specification. */
export function releaseIdOf(specification: ReleaseSpec): ReleaseId {
  return createHash('sha256').update(canonicalJson(specification)).digest('hex').slice(0, 12);
}

/**
 * The releases of an environment.
 *
 * @throws UserError when the file is not valid, an id is not the one its specification has, or `live` is not listed.
 */
export function parseReleaseFile(file: JsonFile): ReleaseFile {
  const parsed = parseJsonFile(
    file,
    releaseFileSchema,
    'Let `npm run release -- add` write the entry, or correct the value; the file names its schema for editors in "$schema".',
  );
  refuseRoundedNumbers(file);
  for (const [id, entry] of Object.entries(parsed.releases)) {
    const actual = releaseIdOf(entry.spec);
    if (actual === id) continue;
    throw new UserError({
      what: `Release ${id} does not match its content`,
      where: `${file.path} at releases["${id}"].spec`,
      expected: `a specification with the id ${id}`,
      found: `one with the id ${actual}`,
      remedy:
        'Never edit a release: put the old specification back, and add the new one with `npm run release -- add`.',
      location: { file: file.path, line: lineOf(file.text, `"${id}"`) },
    });
  }
  if (parsed.live !== null && !Object.hasOwn(parsed.releases, parsed.live)) {
    throw new UserError({
      what: `The live release ${parsed.live} is not among the releases`,
      where: `${file.path} at live`,
      expected: listIds(parsed),
      found: parsed.live,
      remedy: 'Set "live" to one of the releases, or add the missing one with `npm run release -- add`.',
      location: { file: file.path, line: lineOf(file.text, '"live"') },
    });
  }
  return parsed;
}

/** The release with an id, or undefined where the file doesn't list it. */
export function findRelease(file: ReleaseFile, id: ReleaseId): Release | undefined {
  const entry = Object.hasOwn(file.releases, id) ? file.releases[id] : undefined;
  return entry === undefined ? undefined : { id, ...entry };
}

/** The release that should serve, or undefined before the first one. */
export function liveRelease(file: ReleaseFile): Release | undefined {
  return file.live === null ? undefined : findRelease(file, file.live);
}

/**
 * Compares a changed release file with that of the base branch: a release may be removed, but not edited.
 *
 * @throws UserError that names the release that was edited in place.
 */
export function checkReleasesUnedited(base: ReleaseFile, head: ReleaseFile, path: string): void {
  for (const [id, before] of Object.entries(base.releases)) {
    const after = Object.hasOwn(head.releases, id) ? head.releases[id] : undefined;
    if (after === undefined || sameJson(before, after)) continue;
    throw new UserError({
      what: `Release ${id} was edited`,
      where: `${path} at releases["${id}"]`,
      expected: 'the entry as the base branch has it: a release is immutable',
      found: 'a changed "spec" or "source"',
      remedy: 'Put the entry back, and add the change as a new release with `npm run release -- add`.',
      location: { file: path },
    });
  }
}

function sameJson(a: ReleaseFile['releases'][string], b: ReleaseFile['releases'][string]): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

function listIds(file: ReleaseFile): string {
  return oneOf(Object.keys(file.releases), 'null, as there is no release yet');
}

function lineOf(text: string, needle: string): number | undefined {
  const index = text.indexOf(needle);
  return index === -1 ? undefined : text.slice(0, index).split('\n').length;
}
