import type { Environment } from '../lib/domain/environment/environment.ts';
import { UserError } from '../lib/domain/errors/user-error.ts';
import { homeRegion, type HomeRegions } from '../lib/domain/environment/home-region.ts';
import { checkRegions, firstEnvironment, type KnownEnvironments } from '../lib/domain/promotion/order.ts';
import type { ReleaseFile } from '../lib/domain/release/release.ts';
import type { EnvironmentSettingsInputs } from './inputs.ts';

/** A folder under environments/, read. */
interface EnvironmentEntry {
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
}

/** The ports of the use case. */
export interface EnvironmentSettingsPorts {
  readonly readKnown: () => Promise<KnownEnvironments>;
  /** @throws UserError when there is no such environment, or its files are not valid. */
  readonly read: (name: string) => Promise<EnvironmentEntry>;
  readonly readHomeRegions: () => Promise<HomeRegions>;
}

/** The settings of an environment. */
export interface EnvironmentSettings extends EnvironmentEntry {
  readonly homeRegion: string;
}

/**
 * Reads the settings of one environment, or of the first one of a service.
 *
 * @throws UserError when there is none, several could be meant, or a file is not valid.
 */
export async function runEnvironmentSettings(
  inputs: EnvironmentSettingsInputs,
  ports: EnvironmentSettingsPorts,
): Promise<EnvironmentSettings> {
  if (inputs.environment !== undefined && inputs.service !== undefined) {
    throw new UserError({
      what: 'The inputs "environment" and "service" are not valid together',
      where: 'with: environment, service',
      expected: 'one of the two',
      found: `${inputs.environment} and ${inputs.service}`,
      remedy: 'Leave "service" out: the environment names its service.',
    });
  }
  const named = inputs.environment === undefined ? undefined : await ports.read(inputs.environment);
  const known = await ports.readKnown();
  const entry = named ?? (await ports.read(firstOf(known, inputs.service)));
  const stored = await ports.readHomeRegions();
  return { ...entry, homeRegion: homeRegion(entry.environment, known.environments, stored) };
}

// A named environment is not stopped by another one: it may have to be rolled back.
function firstOf(known: KnownEnvironments, named: string | undefined): string {
  const { name, service } = firstEnvironment(known, named);
  checkRegions(known.environments.filter((environment) => environment.service === service));
  return name;
}
