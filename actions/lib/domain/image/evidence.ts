import { z } from 'zod';
import { UserError } from '../errors/user-error.ts';
import { tryParseJson } from '../json/try-parse.ts';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const evidenceSchema = z.strictObject({
  /** By digest: `REGISTRY/NAME@sha256:DIGEST`. */
  image: z.string().regex(/@sha256:[0-9a-f]{64}$/),
  modelDigest: digest,
  /** Whether the model was mounted, as SageMaker mounts one from S3; else it is in the image. */
  isModelMounted: z.boolean(),
  environments: z.array(z.string()),
  /** Cases that were asked, each answered as expected. */
  cases: z.int().positive(),
  /** From `docker run` to the first good answer of /ping; the slowest of all starts. */
  startSeconds: z.number().nonnegative(),
});

/** What an image answered before it was proposed: everything was as expected, or there is no evidence. */
export type ImageEvidence = z.output<typeof evidenceSchema>;

/**
 * The output `evidence` of test-image.
 *
 * @throws UserError when it isn't one.
 */
export function parseImageEvidence(text: string): ImageEvidence {
  const parsed = evidenceSchema.safeParse(tryParseJson(text));
  if (parsed.success) return parsed.data;
  throw new UserError({
    what: 'The input "evidence" is not valid',
    where: 'with: evidence',
    expected: 'the output "evidence" of test-image',
    found: text === '' ? 'nothing' : text.slice(0, 200),
    remedy: 'Run test-image on the image, and pass its output on unchanged.',
  });
}

/** The evidence in one sentence of Markdown. */
export function renderImageEvidence({ image, modelDigest, ...seen }: ImageEvidence): string {
  const model = `model \`${modelDigest}\`, ${seen.isModelMounted ? 'mounted' : 'in the image'}`;
  return (
    `**The image** \`${image.slice(image.indexOf('@') + 1)}\` (${model}) was started as SageMaker starts it, without a network, ` +
    `and answered all ${seen.cases} cases of ${seen.environments.join(', ')} and of the model as expected. ` +
    `The start took ${seen.startSeconds.toFixed(1)} s.`
  );
}
