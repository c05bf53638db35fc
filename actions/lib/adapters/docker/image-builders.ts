import { UserError } from '../../domain/errors/user-error.ts';
import type { ImageBuilder } from '../../ports/image-builder.ts';
import type { ImageRepository } from '../../ports/image-repository.ts';
import type { Process } from '../../ports/process.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Reporter } from '../../ports/reporter.ts';
import { createDockerBuilder, findDockerProblem } from './builder.ts';
import { createEmbeddedBuilder } from './embedded-builder.ts';
import { isLoopback } from '../registry/client.ts';

/** Which builder a workflow asks for. */
export type BuilderChoice = 'auto' | 'docker' | 'embedded';

/** What the builders work with. */
export interface BuilderOptions {
  readonly run: Process;
  /** The root of the repository's checkout. */
  readonly root: string;
  readonly reporter: Reporter;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Chooses a builder for a repository. An image of the embedded builder can't run on SageMaker, so `auto` takes it only for
 * a registry on this machine.
 *
 * @throws UserError when docker is needed and no engine answers.
 */
export function createImageBuilderChooser(
  choice: BuilderChoice,
  options: BuilderOptions,
): (repository: ImageRepository) => Promise<ImageBuilder> {
  return async (repository) => {
    const local = isLoopback(repository.registry);
    if (choice === 'embedded') {
      if (!local) {
        options.reporter.warning('An image of the embedded builder has no base image: SageMaker cannot run it.');
      }
      return createEmbeddedBuilder(options);
    }
    const problem = await findDockerProblem(options.run, options.root);
    if (problem === undefined) return createDockerBuilder(options);
    if (choice === 'auto' && local) {
      options.reporter.info(`No container engine answers (${problem}): the embedded builder assembles the image.`);
      return createEmbeddedBuilder(options);
    }
    throw new UserError({
      what: 'No container engine answers',
      where: 'docker version',
      expected: 'the docker CLI and an engine that it can reach',
      found: problem,
      remedy: 'Run this on a runner with docker, such as ubuntu-latest, or start the engine (DOCKER_HOST names it).',
    });
  };
}
