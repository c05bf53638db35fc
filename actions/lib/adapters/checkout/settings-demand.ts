import type { SettingsDemand } from '../../domain/doctor/settings.ts';
import { readKnownEnvironments } from './known-environments.ts';

/**
 * The environments of a checkout, as the settings on GitHub depend on them. One whose file can't be read needs the protection
 * that any other needs.
 *
 * @param warn - Is told of each that can't be read, and why.
 */
export async function readSettingsDemand(root: string, warn: (message: string) => void): Promise<SettingsDemand> {
  const { environments, broken } = await readKnownEnvironments(root, warn);
  const known = [
    ...environments.map(({ name, unprotected }) => ({ name, isUnprotected: unprotected === 'accepted' })),
    ...broken.map(({ name }) => ({ name, isUnprotected: false })),
  ];
  return { environments: known.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
}
