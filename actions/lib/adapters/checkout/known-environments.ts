import type { Environment } from '../../domain/environment/environment.ts';
import { describeError } from '../../domain/errors/user-error.ts';
import type { BrokenEnvironment, KnownEnvironments } from '../../domain/promotion/order.ts';
import { listEnvironments, readEnvironment } from './environment-folder.ts';
import { readEnvironmentPlace } from './environment-place.ts';

/**
 * Reads the `environment.json` of all environments, sorted by name. One that can't be read stops none of the others.
 *
 * @param warn - Is told of each that can't be read, and why.
 */
export async function readKnownEnvironments(root: string, warn: (message: string) => void): Promise<KnownEnvironments> {
  const names = await listEnvironments(root);
  const read = await Promise.all(names.map(async (name) => await tryReadEnvironment(root, name)));
  const broken = read.filter((one) => 'error' in one);
  for (const { name, error } of broken) warn(`${name} is left out: ${describeError(error)}`);
  return { environments: read.filter((one): one is Environment => !('error' in one)), broken };
}

async function tryReadEnvironment(root: string, name: string): Promise<Environment | BrokenEnvironment> {
  try {
    return await readEnvironment(root, name);
  } catch (error) {
    return { ...(await readEnvironmentPlace(root, name)), error };
  }
}
