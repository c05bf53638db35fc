import path from 'node:path';
import { dockerBuildCommands, type DockerTool } from '../../domain/image/docker-commands.ts';
import type { ImageBuilder } from '../../ports/image-builder.ts';
import type { Process } from '../../ports/process.ts';
import { createDockerCommand, expectEngine, whileSignedIn, type DockerOptions } from './engine.ts';

/** Builds with the docker engine that the docker CLI finds (its context, or DOCKER_HOST). */
export function createDockerBuilder(options: DockerOptions): ImageBuilder {
  const { run } = options;
  return {
    publish: async (source, repository, tag) => {
      const cwd = path.resolve(source.workingDirectory);
      await expectEngine(run, cwd);
      const environment = { ...process.env, SOURCE_DATE_EPOCH: String(source.commitTimeSeconds) };
      const docker = createDockerCommand(options, cwd, environment);
      const tool = await findDockerTool(run, cwd);
      await whileSignedIn(repository, docker, run, cwd, async () => {
        const commands = dockerBuildCommands(tool, {
          dockerfile: source.dockerfile,
          context: source.context,
          platform: source.platform,
          image: `${repository.uri}:${tag}`,
          commit: source.commit,
          commitTimeSeconds: source.commitTimeSeconds,
          modelDirectory: source.modelDirectory,
          modelInImage: source.modelInImage,
          buildArguments: source.buildArguments,
          network: source.network,
        });
        for (const argv of commands) await docker(argv);
      });
    },
  };
}

async function findDockerTool(run: Process, cwd: string): Promise<DockerTool> {
  // DOCKER_BUILDKIT=0 asks for the engine's own builder.
  if (process.env['DOCKER_BUILDKIT'] === '0') return { kind: 'plain' };
  const { exitCode, stdout } = await run({ command: 'docker', argv: ['buildx', 'inspect'], cwd });
  const driver = exitCode === 0 ? /^Driver:\s*(\S+)/m.exec(stdout)?.[1] : undefined;
  return driver === undefined ? { kind: 'plain' } : { kind: 'buildx', driver, cache: findCache(driver) };
}

// The runner hands both to actions, not to scripts. The docker driver can't export a cache of several stages.
function findCache(driver: string): 'github' | 'none' {
  const given = ['ACTIONS_RUNTIME_TOKEN', 'ACTIONS_RESULTS_URL'].every((name) => (process.env[name] ?? '') !== '');
  return given && driver !== 'docker' ? 'github' : 'none';
}
