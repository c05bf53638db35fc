import * as z from 'zod';
import { ModelLoadError } from '../errors/model-load-error.ts';

/** zod's own name of a type, and ours. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'a text in double quotes',
  number: 'a number',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
};

/** What a schema expects where it has no words of its own: no text of zod's reaches a reader. */
function wordsOf(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPES[issue.expected] ?? 'another type of value'}, found ${found(issue.input)}`;
    case 'invalid_value':
      return `expected ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}, found ${found(issue.input)}`;
    case 'too_small':
      return `expected at least ${issue.minimum} of them`;
    case 'invalid_union':
      return `expected a number, or a list of numbers, found ${found(issue.input)}`;
    default:
      return 'is not valid';
  }
}

function found(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
}

/** An object with these keys and no others. */
function object<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `has the key ${issue.keys.join(', ')}, expected none but ${known}`
        : undefined,
  });
}

/** A step, told apart by its operation. */
function step<Options extends readonly [z.core.$ZodTypeDiscriminable, ...z.core.$ZodTypeDiscriminable[]]>(
  operations: string,
  options: Options,
) {
  return z.discriminatedUnion('operation', options, {
    error: `expected one of ${operations}`,
  });
}

const range = z
  .tuple([z.number(), z.number()])
  .refine(([least, most]) => least <= most, 'the first must not exceed the second');

const inputSchema = object({
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

const outputSchema = object({
  description: z.string().optional(),
  unit: z.string().optional(),
  classes: z.array(z.string()).min(1).optional(),
});

const numberOrNumbers = z.union([z.number(), z.array(z.number()).min(1)]);

const preprocessingSchema = step('standardize, scale, clip, map', [
  object({
    operation: z.literal('standardize'),
    input: z.string(),
    mean: numberOrNumbers,
    deviation: numberOrNumbers,
  }),
  object({
    operation: z.literal('scale'),
    input: z.string(),
    factor: numberOrNumbers,
    offset: numberOrNumbers.optional(),
  }),
  object({ operation: z.literal('clip'), input: z.string(), minimum: z.number(), maximum: z.number() }),
  object({ operation: z.literal('map'), input: z.string(), values: z.record(z.string(), z.number()) }),
]);

const postprocessingSchema = step('softmax, sigmoid, argmax, label, threshold', [
  object({ operation: z.literal('softmax'), output: z.string() }),
  object({ operation: z.literal('sigmoid'), output: z.string() }),
  object({ operation: z.literal('argmax'), output: z.string() }),
  object({ operation: z.literal('label'), output: z.string(), labels: z.array(z.string()).min(1).optional() }),
  object({
    operation: z.literal('threshold'),
    output: z.string(),
    threshold: z.number(),
    labels: z.tuple([z.string(), z.string()]).optional(),
  }),
]);

const signatureFileSchema = object({
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
  const parsed = signatureFileSchema.safeParse(json, { error: wordsOf });
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
  throw new ModelLoadError(`${file} is not a signature: ${issues.join('; ')}`, { cause: parsed.error });
}
