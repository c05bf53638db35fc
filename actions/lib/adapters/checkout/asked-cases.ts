import { posix } from 'node:path';
import { oneOf, UserError } from '../../domain/errors/user-error.ts';
import { compareChainPlaces } from '../../domain/promotion/order.ts';
import { liveRelease } from '../../domain/release/release.ts';
import { parseGoldenFile } from '../../domain/smoke/cases.ts';
import type { AskedEnvironment, CaseList } from '../../domain/smoke/container-starts.ts';
import { readContentFile } from './content-file.ts';
import { readEnvironmentFolder } from './environment-folder.ts';
import { readEnvironmentPlaces } from './environment-place.ts';
import { readSmokeFile } from './smoke-cases-file.ts';

/**
 * The environments of a service in promotion order, with their smoke cases.
 *
 * @throws UserError when there is none, or a file of one is not valid.
 */
export async function readAskedEnvironments(root: string, service: string): Promise<readonly AskedEnvironment[]> {
  // Another service's broken file is none of this one's business.
  const places = await readEnvironmentPlaces(root);
  const names = places.filter((place) => place.service === service).map(({ name }) => name);
  if (names.length === 0) {
    throw new UserError({
      what: `There is no environment of the service "${service}"`,
      where: 'environments/',
      expected: oneOf([...new Set(places.map((place) => place.service))], 'a service that an environment.json names'),
      found: service,
      remedy: 'Use the name that environment.json has at "service".',
    });
  }
  const folders = await Promise.all(names.map(async (name) => await readEnvironmentFolder(root, name)));
  return await Promise.all(
    folders
      .toSorted((a, b) => compareChainPlaces(a.environment, b.environment))
      .map(async ({ environment, releaseFile }) => ({
        name: environment.name,
        smoke: {
          file: `environments/${environment.name}/${environment.smoke.cases}`,
          cases: (await readSmokeFile(root, environment)).cases,
        },
        runs: liveRelease(releaseFile)?.spec,
      })),
  );
}

/**
 * The golden cases of a model; none where it has no `golden.json`.
 *
 * @throws UserError when the file is not valid.
 */
export async function readGoldenCases(root: string, modelFolder: string): Promise<readonly CaseList[]> {
  const file = await readContentFile(root, posix.join(modelFolder, 'golden.json'));
  return file === undefined ? [] : [{ file: file.path, cases: parseGoldenFile(file).cases }];
}
