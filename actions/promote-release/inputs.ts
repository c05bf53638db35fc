import { z } from 'zod';
import { UserError } from '../lib/domain/errors/user-error.ts';
import { optionalText, parseInputs, requiredText } from '../lib/domain/action-inputs/parse.ts';
import type { ReleaseSpec } from '../lib/domain/release/release.ts';

const evidenceSchema = z.object({
  release: z.string(),
  image: z.string(),
  verifiedAt: z.string().nullable(),
  requests: z.number(),
  p50Milliseconds: z.number().nullable(),
  p99Milliseconds: z.number().nullable(),
  parity: z.string().nullable(),
});

/** What deploy-endpoint saw of a release. */
export type Evidence = z.output<typeof evidenceSchema>;

/** The inputs of `action.yml`. */
export const inputs = z.object({
  from: optionalText,
  service: optionalText,
  image: optionalText,
  'model-uri': optionalText,
  'model-digest': optionalText,
  commit: z.string().regex(/^[0-9a-f]{40}$/, 'a full commit SHA: 40 hex digits in lower case'),
  evidence: z.string(),
  'base-branch': requiredText('the name of a branch'),
  'working-directory': requiredText('a folder'),
  'github-token': requiredText('a token'),
});

export interface PromoteReleaseInputs {
  /** What is promoted: the live release of an environment, or a new image. */
  readonly artifact:
    | { readonly kind: 'environment'; readonly from: string; readonly evidence: Evidence | undefined }
    | {
        readonly kind: 'image';
        readonly image: string;
        /** Undefined where the repository has one service alone. */
        readonly service: string | undefined;
        /** Undefined where the environment keeps the model that it has. */
        readonly model: NonNullable<ReleaseSpec['model']> | undefined;
        readonly commit: string;
      };
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
  return parsed.from === undefined
    ? {
        ...shared,
        artifact: { kind: 'image', image: parsed.image ?? '', service: parsed.service, model, commit: parsed.commit },
      }
    : { ...shared, artifact: { kind: 'environment', from: parsed.from, evidence: parseEvidence(parsed.evidence) } };
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

function parseEvidence(text: string): Evidence | undefined {
  if (text === '') return undefined;
  let found = 'no JSON';
  try {
    const result = evidenceSchema.safeParse(JSON.parse(text));
    if (result.success) return result.data;
    found = z.prettifyError(result.error);
  } catch {
    // Said below.
  }
  throw new UserError({
    what: 'The input "evidence" is not valid',
    where: 'with: evidence',
    expected: 'the output "evidence" of deploy-endpoint',
    found,
    remedy: 'Correct the value in the workflow that calls this action, or leave it out.',
  });
}
