import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const modelSchema = z.strictObject({
  file: z.string(),
  what: z.string(),
  /** Shapes of a request of one row, in the model's order. An integer input is the sample rate of speech. */
  inputs: z.record(z.string(), z.array(z.int().positive())),
});

const packageSchema = z.strictObject({
  package: z.string(),
  version: z.string(),
  /** Of the tarball, as the registry gives it. */
  integrity: z.string().startsWith('sha512-'),
  models: z.array(modelSchema).min(1),
});

/** An npm package with real ONNX models. */
export type ZooPackage = z.output<typeof packageSchema>;

/** A real model in a package. */

/** The list of real models. */
export async function readZoo(): Promise<readonly ZooPackage[]> {
  return z
    .array(packageSchema)
    .parse(JSON.parse(await readFile(path.join(import.meta.dirname, 'models.json'), 'utf8')));
}
