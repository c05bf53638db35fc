import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { AllRepositories } from '../ecr/repository.ts';
import type { BlobStore } from '../registry/blob-store.ts';
import type { RegistryTokens } from '../ecr/tokens.ts';
import { createContainerLauncher } from './container-launcher.ts';
import { isDockerReady } from './docker-cli.ts';
import { createFakeLauncher, type FakeBehaviour } from './fake-launcher.ts';
import type { InstanceLauncher, InstanceSpec } from './launcher.ts';
import { createProcessLauncher } from './process-launcher.ts';

/** How instances run: "auto" is container when a docker engine answers, otherwise process. */
export type LauncherOption = 'container' | 'process' | 'auto' | FakeLauncherOptions;

/** Instances inside this process, for tests on a virtual clock. */
interface FakeLauncherOptions {
  readonly kind: 'fake';
  /** How the containers of a model behave; default: healthy at once, and they echo. */
  readonly behave?: (spec: InstanceSpec) => FakeBehaviour;
}

/** Creates the launcher of an option. */
export function createLauncher(
  wanted: LauncherOption,
  clock: Clock,
  repositories: AllRepositories,
  blobs: BlobStore,
  tokens: RegistryTokens,
  dataDirectory: string,
): InstanceLauncher {
  if (typeof wanted === 'object') return createFakeLauncher(clock, wanted.behave ?? (() => ({})));
  const directory = join(dataDirectory, 'instances');
  const kind = wanted === 'auto' ? (isDockerReady() ? 'container' : 'process') : wanted;
  return kind === 'container'
    ? createContainerLauncher(repositories, tokens, directory)
    : createProcessLauncher(repositories, blobs, directory);
}
