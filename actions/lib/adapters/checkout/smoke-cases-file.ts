import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Environment } from '../../domain/environment/environment.ts';
import { describeError, UserError } from '../../domain/errors/user-error.ts';
import { parseSmokeFile, type SmokeFile } from '../../domain/smoke/cases.ts';

/**
 * Reads the smoke cases that an environment names.
 *
 * @throws UserError when the file is missing or not valid.
 */
export async function readSmokeFile(root: string, environment: Environment): Promise<SmokeFile> {
  const file = `environments/${environment.name}/${environment.smoke.cases}`;
  let text: string;
  try {
    text = await readFile(path.join(root, file), 'utf8');
  } catch (cause) {
    throw new UserError({
      what: `The smoke cases of ${environment.name} cannot be read`,
      where: file,
      expected: `the file that environments/${environment.name}/environment.json names at smoke.cases`,
      found: describeError(cause),
      remedy: 'Add the file, or correct the name; environments/smoke.schema.json describes the format.',
      location: { file },
    });
  }
  return parseSmokeFile({ path: file, text });
}
