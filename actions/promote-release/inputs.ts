import { z } from 'zod';
import { UserError } from '../lib/domain/errors/user-error.ts';
import { optionalText, parseInputs, requiredText } from '../lib/domain/action-inputs/parse.ts';
import { parseImageEvidence, type ImageEvidence } from '../lib/domain/image/evidence.ts';
import type { ReleaseSpec } from '../lib/domain/release/release.ts';

/** The inputs of `action.yml`. */
export const inputs = z.object({
  from: optionalText,
  service: optionalText,
  image: optionalText,
  'model-uri': optionalText,
  'model-digest': optionalText,
  evidence: optionalText,
  'review-directory': optionalText,
  commit: z.string().regex(/^[0-9a-f]{40}$/, 'a full commit SHA: 40 hex digits in lower case'),
  'base-branch': requiredText('the name of a branch'),
  'working-directory': requiredText('a folder'),
  'github-token': requiredText('a token'),
});

export interface PromoteReleaseInputs {
  /** What is promoted: the live release of an environment, or a new image. */
  readonly artifact:
    | { readonly kind: 'environment'; readonly from: string }
    | {
        readonly kind: 'image';
        readonly image: string;
        /** Undefined where the repository has one service alone. */
        readonly service: string | undefined;
        /** Undefined where the environment keeps the model that it has. */
        readonly model: NonNullable<ReleaseSpec['model']> | undefined;
        readonly commit: string;
        /** What test-image found. */
        readonly evidence: ImageEvidence;
      };
  /** The folder with the review of the promotion; undefined where none was made. */
  readonly reviewDirectory: string | undefined;
  readonly baseBranch: string;
  readonly workingDirectory: string;
  readonly githubToken: string;
}

/**
 * The inputs of the action, decoded.
 *
 * @throws UserError that names the first input that is not valid.
 */
export function parsePromoteReleaseInputs(read: (name: string) => string): PromoteReleaseInputs {
  const parsed = parseInputs(inputs, read);
  const shared = {
    reviewDirectory: parsed['review-directory'],
    baseBranch: parsed['base-branch'],
    workingDirectory: parsed['working-directory'],
    githubToken: parsed['github-token'],
  };
  if ((parsed.from === undefined) === (parsed.image === undefined)) {
    throw new UserError({
      what: 'The inputs "from" and "image" are not valid together',
      where: 'with: from, image',
      expected: 'one of the two',
      found: parsed.from === undefined ? 'neither' : 'both',
      remedy: 'Give "from" to promote what an environment has verified, or "image" to propose a new one.',
    });
  }
  if (parsed.from !== undefined && parsed.service !== undefined) {
    throw new UserError({
      what: 'The inputs "from" and "service" are not valid together',
      where: 'with: from, service',
      expected: '"service" only with "image"',
      found: `${parsed.from} and ${parsed.service}`,
      remedy: 'Leave "service" out: the environment names its service.',
    });
  }
  const model = parseModel(parsed);
  if (parsed.image === undefined) return { ...shared, artifact: { kind: 'environment', from: parsed.from ?? '' } };
  const { image, service, commit } = parsed;
  const evidence = parseImageEvidence(parsed.evidence ?? '');
  return { ...shared, artifact: { kind: 'image', image, service, model, commit, evidence } };
}

// What is in the two, the parser of release.json says before anything is written.
function parseModel(parsed: z.output<typeof inputs>): NonNullable<ReleaseSpec['model']> | undefined {
  const { 'model-uri': uri, 'model-digest': digest } = parsed;
  if (uri === undefined && digest === undefined) return undefined;
  if (uri !== undefined && digest !== undefined && parsed.image !== undefined) return { uri, digest };
  throw new UserError({
    what: 'The inputs "model-uri" and "model-digest" are not valid together',
    where: 'with: model-uri, model-digest',
    expected: 'both or none of them, and only with "image"',
    found: Object.entries({ image: parsed.image, 'model-uri': uri, 'model-digest': digest })
      .flatMap(([name, value]) => (value === undefined ? [] : [name]))
      .join(' and '),
    remedy: 'Give both outputs of build-image; a promotion from an environment brings its model with it.',
  });
}
