import * as z from 'zod';
import { ModelLoadError } from '../errors/model-load-error.ts';

const range = z
  .tuple([z.number(), z.number()])
  .refine(([least, most]) => least <= most, 'the first must not exceed the second');

const inputSchema = z.strictObject({
  description: z.string().optional(),
  columns: z.array(z.string().min(1)).min(1).optional(),
  units: z.record(z.string(), z.string()).optional(),
  range: range.optional(),
  ranges: z.record(z.string(), range).optional(),
  values: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .min(1)
    .optional(),
});

const outputSchema = z.strictObject({
  description: z.string().optional(),
  unit: z.string().optional(),
  classes: z.array(z.string()).min(1).optional(),
});

const numberOrNumbers = z.union([z.number(), z.array(z.number()).min(1)]);

const preprocessingSchema = z.discriminatedUnion('operation', [
  z.strictObject({
    operation: z.literal('standardize'),
    input: z.string(),
    mean: numberOrNumbers,
    deviation: numberOrNumbers,
  }),
  z.strictObject({
    operation: z.literal('scale'),
    input: z.string(),
    factor: numberOrNumbers,
    offset: numberOrNumbers.optional(),
  }),
  z.strictObject({ operation: z.literal('clip'), input: z.string(), minimum: z.number(), maximum: z.number() }),
  z.strictObject({ operation: z.literal('map'), input: z.string(), values: z.record(z.string(), z.number()) }),
]);

const postprocessingSchema = z.discriminatedUnion('operation', [
  z.strictObject({ operation: z.literal('softmax'), output: z.string() }),
  z.strictObject({ operation: z.literal('sigmoid'), output: z.string() }),
  z.strictObject({ operation: z.literal('argmax'), output: z.string() }),
  z.strictObject({ operation: z.literal('label'), output: z.string(), labels: z.array(z.string()).min(1).optional() }),
  z.strictObject({
    operation: z.literal('threshold'),
    output: z.string(),
    threshold: z.number(),
    labels: z.tuple([z.string(), z.string()]).optional(),
  }),
]);

const signatureFileSchema = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().optional(),
  version: z.string().optional(),
  description: z.string().optional(),
  primaryInput: z.string().optional(),
  primaryOutput: z.string().optional(),
  ignoredOutputs: z.array(z.string()).optional(),
  inputs: z.record(z.string(), inputSchema).optional(),
  outputs: z.record(z.string(), outputSchema).optional(),
  preprocessing: z.array(preprocessingSchema).optional(),
  postprocessing: z.array(postprocessingSchema).optional(),
  example: z.record(z.string(), z.unknown()).optional(),
});

/** The content of a signature.json. */
export type SignatureFile = z.infer<typeof signatureFileSchema>;
export type PreprocessingStep = z.infer<typeof preprocessingSchema>;
export type PostprocessingStep = z.infer<typeof postprocessingSchema>;

/** Reads the text of a signature.json. @throws ModelLoadError naming the file, the field and what is wrong */
export function parseSignatureFile(text: string, file: string): SignatureFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ModelLoadError(`${file} is not valid JSON: ${reason}`, { cause: error });
  }
  const parsed = signatureFileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
  throw new ModelLoadError(`${file} is not a signature: ${issues.join('; ')}`, { cause: parsed.error });
}
