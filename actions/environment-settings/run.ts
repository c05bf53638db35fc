import { isConfigured } from '../lib/domain/environment/configured.ts';
import type { Environment } from '../lib/domain/environment/environment.ts';
import { describeError, UserError } from '../lib/domain/errors/user-error.ts';
import { homeRegion, type HomeRegions } from '../lib/domain/environment/home-region.ts';
import { checkRegions, environmentAfter, firstEnvironment, inPromotionOrder } from '../lib/domain/promotion/order.ts';
import type { ReleaseFile } from '../lib/domain/release/release.ts';
import type { EnvironmentSettingsInputs } from './inputs.ts';

/** A folder under environments/, read. */
interface EnvironmentEntry {
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
}

/** The ports of the use case. */
export interface EnvironmentSettingsPorts {
  readonly list: () => Promise<readonly string[]>;
  /** @throws UserError when there is no such environment, or its files are not valid. */
  readonly read: (name: string) => Promise<EnvironmentEntry>;
  readonly readHomeRegions: () => Promise<HomeRegions>;
  readonly warn: (message: string) => void;
}

/** The settings of an environment. */
export interface EnvironmentSettings extends EnvironmentEntry {
  readonly next: string | undefined;
  readonly homeRegion: string;
  /** The environments of every service that are set up, chain by chain. */
  readonly configured: readonly string[];
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
  const entries = await readAll(inputs, ports);
  const environments = entries.map(({ environment }) => environment);
  const configured = inPromotionOrder(environments).filter(isConfigured);
  if (inputs.environment !== undefined && inputs.service !== undefined) {
    throw new UserError({
      what: 'The inputs "environment" and "service" are not valid together',
      where: 'with: environment, service',
      expected: 'one of the two',
      found: `${inputs.environment} and ${inputs.service}`,
      remedy: 'Leave "service" out: the environment names its service.',
    });
  }
  // A named environment is not stopped by another one: it may have to be rolled back.
  if (inputs.environment === undefined) checkRegions(environments);
  const name = inputs.environment ?? firstEnvironment(environments, inputs.service).name;
  // What is not listed is read too, for the error that names those that are.
  const entry = entries.find(({ environment }) => environment.name === name) ?? (await ports.read(name));
  return {
    ...entry,
    next: environmentAfter(environments, name)?.name,
    homeRegion: homeRegion(entry.environment, environments, await ports.readHomeRegions()),
    configured: configured.map((one) => one.name),
  };
}

/** The environments; of others than the one that is asked for, those whose files are valid: they must not stop it. */
async function readAll(
  { environment }: EnvironmentSettingsInputs,
  { list, read, warn }: EnvironmentSettingsPorts,
): Promise<readonly EnvironmentEntry[]> {
  const entries = await Promise.all(
    (await list()).map(async (name) => {
      try {
        return await read(name);
      } catch (error) {
        if (environment === undefined || environment === name) throw error;
        warn(`${name} is left out: ${describeError(error)}`);
        return undefined;
      }
    }),
  );
  return entries.filter((entry) => entry !== undefined);
}
