import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { AllRepositories } from '../ecr/repository.ts';
import type { LocalAwsOptions } from '../local-aws.ts';
import type { BlobStore } from '../registry/blob-store.ts';
import type { RegistryTokens } from '../ecr/tokens.ts';
import { createContainerLauncher } from './container-launcher.ts';
import { isDockerReady } from './docker-cli.ts';
import { createFakeLauncher } from './fake-launcher.ts';
import type { InstanceLauncher } from './launcher.ts';
import { createProcessLauncher } from './process-launcher.ts';

/** The launcher that the options ask for; "auto" takes containers where a docker engine answers. */
export function createLauncher(
  wanted: NonNullable<LocalAwsOptions['launcher']>,
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
