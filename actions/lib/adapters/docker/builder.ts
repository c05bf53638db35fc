import path from 'node:path';
import { dockerBuildCommands, type DockerTool } from '../../domain/image/docker-commands.ts';
import { UserError } from '../../domain/errors/user-error.ts';
import type { ImageBuilder } from '../../ports/image-builder.ts';
import type { Process, ProcessResult } from '../../ports/process.ts';
import type { Reporter } from '../../ports/reporter.ts';

/** What the docker builder works with. */
export interface DockerBuilderOptions {
  readonly run: Process;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

/** Builds with the docker engine that the docker CLI finds (its context, or DOCKER_HOST). */
export function createDockerBuilder({ run, reporter, signal }: DockerBuilderOptions): ImageBuilder {
  return {
    kind: 'docker',
    publish: async (source, repository, tag) => {
      const cwd = path.resolve(source.workingDirectory);
      const docker = async (argv: readonly string[], stdin?: string): Promise<ProcessResult> => {
        reporter.info(`docker ${argv.join(' ')}`);
        const result = await run({
          command: 'docker',
          argv,
          cwd,
          stdin,
          signal,
          environment: { ...process.env, SOURCE_DATE_EPOCH: String(source.commitTimeSeconds) },
          // Prefix with "| " so that the output is not parsed as a workflow command (`::add-mask::`).
          onStdoutLine: (line) => reporter.info(`| ${line}`),
          onStderrLine: (line) => reporter.info(`| ${line}`),
        });
        if (result.exitCode !== 0) throw failed(argv, result);
        return result;
      };
      const tool = await findDockerTool(run, cwd);
      // The token goes in by standard input: an argument vector can be read by every process of the machine.
      await docker(
        ['login', '--username', repository.username, '--password-stdin', repository.registry],
        repository.password,
      );
      try {
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
      } finally {
        await run({ command: 'docker', argv: ['logout', repository.registry], cwd });
      }
    },
  };
}

/** Why no docker engine can be used, or undefined where one answers. */
export async function findDockerProblem(run: Process, cwd: string): Promise<string | undefined> {
  try {
    const result = await run({ command: 'docker', argv: ['version', '--format', '{{.Server.Version}}'], cwd });
    return result.exitCode === 0 ? undefined : result.stderr.trim() || 'docker version failed';
  } catch (error) {
    if (error instanceof UserError) return error.parts.found ?? error.parts.what;
    throw error;
  }
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

function failed(argv: readonly string[], result: ProcessResult): UserError {
  const verb = argv.slice(0, argv[0] === 'buildx' ? 2 : 1).join(' ');
  const lines = (result.stderr.trim() === '' ? result.stdout : result.stderr).trim().split('\n');
  return new UserError({
    what: `docker ${verb} failed`,
    where: `docker ${argv.join(' ')}`,
    expected: 'exit code 0',
    found: `exit code ${result.exitCode}: ${lines.slice(-5).join('\n            ')}`,
    remedy: REMEDIES[verb] ?? 'The lines above say what is wrong.',
  });
}

const REMEDIES: Readonly<Record<string, string>> = {
  login: 'Check that the role may push to this registry, and that the docker engine can reach it.',
  push: 'Check that the role may push to this repository; with an immutable tag, that nobody else pushed it meanwhile.',
};
