import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { LaunchError } from './launcher.ts';

const run = promisify(execFile);

/** Whether a docker engine answers. Takes at most 5 s. */
export const isDockerReady = (): boolean =>
  spawnSync('docker', ['info', '--format', '{{.ServerVersion}}'], { timeout: 5_000, stdio: 'ignore' }).status === 0;

/** Runs docker and answers its output. @throws LaunchError with what docker said. */
export async function runDocker(argv: readonly string[]): Promise<string> {
  try {
    return (await run('docker', argv, { maxBuffer: 16 * 1024 * 1024 })).stdout.trim();
  } catch (error) {
    const detail = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new LaunchError(`CannotStartContainerError: docker ${argv.join(' ')}: ${detail}`, { cause: error });
  }
}

/** Whether the engine has a bridge network, so that a container can have a network and a published port of its own. */
export async function hasBridge(): Promise<boolean> {
  const names = await runDocker(['network', 'ls', '--filter', 'driver=bridge', '--format', '{{.Name}}']);
  return names.split('\n').includes('bridge');
}
