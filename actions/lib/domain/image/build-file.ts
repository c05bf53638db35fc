import { z } from 'zod';
import { parseJsonFile, type JsonFile } from '../json/file.ts';

/** Build arguments that the action sets itself. */
const RESERVED = ['MODEL', 'MODEL_IN_IMAGE', 'REVISION', 'SOURCE_DATE_EPOCH'];

/** Schema of a service's `build.json`, beside its model; every member is optional. */
export const buildFileSchema = z.strictObject({
  $schema: z.string().optional().describe('The JSON Schema that editors use: `../../build.schema.json`'),
  arguments: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a name of letters, digits and _')
        .refine((name) => !RESERVED.includes(name), `another name than ${RESERVED.join(', ')}, which are set already`),
      z.string('a text').regex(/^[^\r\n]*$/, 'a text on one line'),
    )
    .default({})
    .describe('Further build arguments of server/Dockerfile, such as BASE, another base image'),
  network: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]*$/, 'the name of a network of the engine, such as host')
    .optional()
    .describe("Network of the build's steps; left out the engine's own"),
  modelBucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of an S3 bucket')
    .optional()
    .describe('Bucket that the model is published to by its digest; left out it is baked into the image'),
  // Within the characters that release.json takes in the URI of a model.
  modelPrefix: z
    .string()
    .regex(/^[A-Za-z0-9!_.*'()/-]{0,512}$/, 'a prefix of keys without spaces, such as models')
    .default('')
    .describe('Prefix of the keys in that bucket; the digest comes after it'),
  attestations: z
    .boolean()
    .default(false)
    .describe('Whether images of a private repository are attested too, which needs GitHub Enterprise Cloud'),
});

/** What steers the build of a service's image. */
export type BuildSettings = z.output<typeof buildFileSchema>;

/**
 * What a team set for the build of its service.
 *
 * @throws UserError when the file is not valid.
 */
export function parseBuildFile(file: JsonFile): BuildSettings {
  return parseJsonFile(file, buildFileSchema, 'Correct the value; actions/build-image/README.md describes build.json.');
}

/** The build of a service without a `build.json`. */
export const DEFAULT_BUILD: BuildSettings = buildFileSchema.parse({});
