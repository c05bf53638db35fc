import type { Environment } from '../../domain/environment/environment.ts';
import { describeError } from '../../domain/errors/user-error.ts';
import type { BrokenEnvironment, KnownEnvironments } from '../../domain/promotion/order.ts';
import {
  listEnvironments,
  readEnvironment,
  readEnvironmentFolder,
  type EnvironmentFolder,
} from './environment-folder.ts';
import { readEnvironmentPlace } from './environment-place.ts';

/**
 * Reads the `environment.json` of all environments, sorted by name. One that can't be read stops none of the others.
 *
 * @param warn - Is told of each that can't be read, and why.
 */
export async function readKnownEnvironments(root: string, warn: (message: string) => void): Promise<KnownEnvironments> {
  const { read, broken } = await readEach<Environment>(root, readEnvironment, warn);
  return { environments: read, broken };
}

/** As {@link readKnownEnvironments}, with the `release.json` of each. */
export async function readKnownFolders(
  root: string,
  warn: (message: string) => void,
): Promise<{ readonly folders: readonly EnvironmentFolder[]; readonly broken: readonly BrokenEnvironment[] }> {
  const { read, broken } = await readEach(root, readEnvironmentFolder, warn);
  return { folders: read, broken };
}

async function readEach<Read>(
  root: string,
  readOne: (root: string, name: string) => Promise<Read>,
  warn: (message: string) => void,
): Promise<{ readonly read: readonly Read[]; readonly broken: readonly BrokenEnvironment[] }> {
  const read: Read[] = [];
  const broken: BrokenEnvironment[] = [];
  for (const name of await listEnvironments(root)) {
    try {
      read.push(await readOne(root, name));
    } catch (error) {
      warn(`${name} is left out: ${describeError(error)}`);
      broken.push({ ...(await readEnvironmentPlace(root, name)), error });
    }
  }
  return { read, broken };
}
