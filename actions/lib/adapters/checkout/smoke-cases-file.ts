import type { Environment } from '../../domain/environment/environment.ts';
import { UserError } from '../../domain/errors/user-error.ts';
import { parseSmokeFile, type SmokeFile } from '../../domain/smoke/cases.ts';
import { readContentFile } from './content-file.ts';

/**
 * Reads the smoke cases that an environment names.
 *
 * @throws UserError when the file is missing or not valid.
 */
export async function readSmokeFile(root: string, environment: Environment): Promise<SmokeFile> {
  const file = `environments/${environment.name}/${environment.smoke.cases}`;
  const found = await readContentFile(root, file);
  if (found !== undefined) return parseSmokeFile(found);
  throw new UserError({
    what: `The smoke cases of ${environment.name} are missing`,
    where: file,
    expected: `the file that environments/${environment.name}/environment.json names at smoke.cases`,
    found: 'no such file',
    remedy: 'Add the file, or correct the name; environments/smoke.schema.json describes the format.',
    location: { file },
  });
}
