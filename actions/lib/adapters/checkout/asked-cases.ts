import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../domain/errors/user-error.ts';
import { inPromotionOrder } from '../../domain/promotion/order.ts';
import { liveRelease } from '../../domain/release/release.ts';
import { parseGoldenFile } from '../../domain/smoke/cases.ts';
import type { AskedEnvironment, CaseList } from '../../domain/smoke/container-starts.ts';
import { isMissing, readEnvironmentFolders } from './environment-folder.ts';
import { readSmokeFile } from './smoke-cases-file.ts';

/**
 * The environments of a service in promotion order, with their smoke cases.
 *
 * @throws UserError when there is none, or a file of one is not valid.
 */
export async function readAskedEnvironments(root: string, service: string): Promise<readonly AskedEnvironment[]> {
  const folders = await readEnvironmentFolders(root);
  const own = inPromotionOrder(folders.map(({ environment }) => environment)).filter((one) => one.service === service);
  if (own.length === 0) {
    throw new UserError({
      what: `There is no environment of the service "${service}"`,
      where: 'environments/',
      expected: `one of ${[...new Set(folders.map(({ environment }) => environment.service))].join(', ')}`,
      found: service,
      remedy: 'Use the name that environment.json has at "service".',
    });
  }
  return await Promise.all(
    own.map(async (environment) => {
      const { name, smoke } = environment;
      const releases = folders.find((folder) => folder.environment.name === name)?.releaseFile;
      return {
        name,
        smoke: {
          file: `environments/${name}/${smoke.cases}`,
          cases: (await readSmokeFile(root, environment)).cases,
        },
        runs: releases === undefined ? undefined : liveRelease(releases)?.spec,
      };
    }),
  );
}

/**
 * The golden cases of a model; none where it has no `golden.json`.
 *
 * @throws UserError when the file is not valid.
 */
export async function readGoldenCases(root: string, modelFolder: string): Promise<readonly CaseList[]> {
  const file = path.posix.join(modelFolder, 'golden.json');
  try {
    const { cases } = parseGoldenFile({ path: file, text: await readFile(path.resolve(root, file), 'utf8') });
    return [{ file, cases }];
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
