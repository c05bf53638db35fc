import { UserError } from '../../domain/errors/user-error.ts';
import type { ImageRepository } from '../../ports/image-repository.ts';
import type { Process, ProcessResult } from '../../ports/process.ts';
import type { Reporter } from '../../ports/reporter.ts';

/** What an engine is called with. */
export interface DockerOptions {
  readonly run: Process;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

/** Runs one docker command and shows its output. @throws UserError when its exit code is not 0. */
export type DockerCommand = (argv: readonly string[], stdin?: string) => Promise<ProcessResult>;

/** A runner of docker commands in a folder, by the engine that the docker CLI finds (its context, or DOCKER_HOST). */
export function createDockerCommand(
  { run, reporter, signal }: DockerOptions,
  cwd: string,
  environment: NodeJS.ProcessEnv = process.env,
): DockerCommand {
  return async (argv, stdin) => {
    reporter.info(`docker ${argv.join(' ')}`);
    const result = await run({
      command: 'docker',
      argv,
      cwd,
      stdin,
      signal,
      environment,
      // Prefix with "| " so that the output is not parsed as a workflow command (`::add-mask::`).
      onStdoutLine: (line) => reporter.info(`| ${line}`),
      onStderrLine: (line) => reporter.info(`| ${line}`),
    });
    if (result.exitCode !== 0) throw failed(argv, result);
    return result;
  };
}

/** @throws UserError when no engine answers. */
export async function expectEngine(run: Process, cwd: string): Promise<void> {
  const { exitCode, stderr } = await run({
    command: 'docker',
    argv: ['version', '--format', '{{.Server.Version}}'],
    cwd,
  });
  if (exitCode === 0) return;
  throw new UserError({
    what: 'No container engine answers',
    where: 'docker version',
    expected: 'the docker CLI and an engine that it can reach',
    found: stderr.trim() || `exit code ${exitCode}`,
    remedy: 'Run this on a runner with docker, such as ubuntu-latest, or start the engine (DOCKER_HOST names it).',
  });
}

/** Does work while the engine is signed in to a registry. */
export async function whileSignedIn(
  { registry, username, password }: ImageRepository,
  docker: DockerCommand,
  run: Process,
  cwd: string,
  work: () => Promise<void>,
): Promise<void> {
  // The token goes in by standard input: an argument vector can be read by every process of the machine.
  await docker(['login', '--username', username, '--password-stdin', registry], password);
  try {
    await work();
  } finally {
    await run({ command: 'docker', argv: ['logout', registry], cwd });
  }
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
  login: 'Check that the role may use this registry, and that the docker engine can reach it.',
  pull: 'Check that the role may pull from this repository (ecr:BatchGetImage, ecr:GetDownloadUrlForLayer).',
  push: 'Check that the role may push to this repository; with an immutable tag, that nobody else pushed it meanwhile.',
};
