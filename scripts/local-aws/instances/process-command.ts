import { existsSync } from 'node:fs';
import { basename, delimiter, join, normalize, sep } from 'node:path';
import type { ImageConfig } from './image-source.ts';
import { LaunchError } from './launcher.ts';

export interface ProcessCommand {
  readonly file: string;
  readonly arguments: readonly string[];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Directories that stand for absolute paths of the container, most specific first; "/" is the unpacked image. */
export type PathMounts = readonly (readonly [containerPath: string, hostPath: string])[];

/**
 * How an image is started without a container: its entrypoint with `serve`, as SageMaker runs it, with absolute paths
 * led into the unpacked image, `node` as the Node that runs this, and the port and address of this instance.
 * @throws LaunchError when the image has no entrypoint or its program is not in the image.
 */
export function buildProcessCommand(
  config: ImageConfig,
  modelEnvironment: Readonly<Record<string, string>>,
  mounts: PathMounts,
  port: number,
): ProcessCommand {
  const [program, ...rest] = config.entrypoint;
  if (program === undefined)
    throw new LaunchError('CannotStartContainerError: the image has no ENTRYPOINT in exec form');
  const declared: Record<string, string> = { ...config.environment, ...modelEnvironment };
  const environment = Object.fromEntries(
    Object.entries(declared).map(([name, value]) => [name, mapPathList(value, mounts)]),
  );
  return {
    file: findProgram(program, declared['PATH'], mounts),
    arguments: [...rest.map((argument) => mapPathList(argument, mounts)), 'serve'],
    workingDirectory: mapPath(config.workingDirectory === '' ? '/' : config.workingDirectory, mounts) ?? sep,
    environment: {
      ...environment,
      // One network for all instances: each serves on a port of its own, and on loopback only.
      SAGEMAKER_BIND_TO_PORT: String(port),
      ...('PORT' in declared && { PORT: String(port) }),
      ...('HOST' in declared && { HOST: '127.0.0.1' }),
    },
  };
}

function findProgram(program: string, searchPath: string | undefined, mounts: PathMounts): string {
  if (basename(program) === 'node') return process.execPath;
  if (program.startsWith('/')) {
    const path = mapPath(program, mounts);
    if (path !== undefined) return path;
  } else {
    const directories = (searchPath ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin').split(delimiter);
    for (const directory of directories) {
      const path = mapPath(join(directory, program), mounts);
      if (path !== undefined) return path;
    }
  }
  throw new LaunchError(
    `CannotStartContainerError: exec: "${program}": no such file in the image (started without a container engine)`,
  );
}

/** Each absolute part of a colon-separated value that exists in the image, led there; the rest unchanged. */
const mapPathList = (value: string, mounts: PathMounts) =>
  value
    .split(delimiter)
    .map((part) => (part.startsWith('/') ? (mapPath(part, mounts) ?? part) : part))
    .join(delimiter);

function mapPath(path: string, mounts: PathMounts): string | undefined {
  const normal = normalize(path);
  for (const [containerPath, hostPath] of mounts) {
    const prefix = containerPath === '/' ? '/' : `${containerPath}/`;
    if (normal !== containerPath && !normal.startsWith(prefix)) continue;
    const mapped = join(hostPath, normal.slice(containerPath.length));
    return existsSync(mapped) ? mapped : undefined;
  }
  return undefined;
}
