import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { buildProcessCommand, parseImageConfig } from '@sagemaker-gitops/local-aws/instances';
import { z } from 'zod';
import { imageAt } from './pull.ts';

/** A container to start, as the command line describes it. */
export interface Container {
  readonly name: string;
  readonly digest: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What is mounted at /opt/ml/model, read-only. */
  readonly modelFolder: string | undefined;
}

const recordSchema = z.object({ pid: z.number(), environment: z.record(z.string(), z.string()) });

/** With `--network none` only the loopback interface is there. */
const WITHOUT_NETWORK = `
import net from 'node:net';
const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...given) {
  const first = Array.isArray(given[0]) ? given[0][0] : given[0];
  const host = typeof first === 'object' ? (first.path ?? first.host) : typeof given[1] === 'string' ? given[1] : undefined;
  if (host === undefined || host === 'localhost' || /^(?:127\\.|::1$|\\/)/.test(host)) return connect.apply(this, given);
  process.nextTick(() => this.destroy(Object.assign(new Error('connect ENETUNREACH ' + host), { code: 'ENETUNREACH' })));
  return this;
};
`;

/**
 * Starts the server of a pulled image as a process that may write into its own temporary folder alone, and has no network but
 * loopback, as far as Node itself can see to that: https://nodejs.org/api/permissions.html
 *
 * @throws Error where the image was not pulled, or does not say how it is started.
 */
export async function startContainer(stateFolder: string, container: Container): Promise<void> {
  const image = imageAt(stateFolder, container.digest);
  if (!existsSync(image.config)) throw new Error(`Unable to find image ${container.digest} locally`);
  const folder = folderOf(stateFolder, container.name);
  const temporary = path.join(folder, 'tmp');
  await mkdir(temporary, { recursive: true });
  const model = container.modelFolder === undefined ? [] : [['/opt/ml/model', container.modelFolder] as const];
  const mounts = [...model, ['/tmp', temporary] as const, ['/', image.root] as const];
  const config = parseImageConfig(await readFile(image.config, 'utf8'));
  const command = buildProcessCommand(config, container.environment, mounts, await freePort());
  const environment = {
    ...command.environment,
    TMPDIR: temporary,
    NODE_OPTIONS: `${command.environment['NODE_OPTIONS'] ?? ''} ${restrictions(temporary).join(' ')}`,
  };
  const log = await open(path.join(folder, 'log'), 'a');
  // In the group of the step, which takes what is left with it when it ends.
  const child = spawn(command.file, command.arguments, {
    ...{ cwd: command.workingDirectory, env: environment, stdio: ['ignore', log.fd, log.fd] },
  });
  await log.close();
  child.unref();
  const record = { pid: child.pid ?? 0, environment: command.environment };
  await writeFile(path.join(folder, 'record.json'), JSON.stringify(record));
}

function restrictions(temporary: string): readonly string[] {
  const permission = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  return [
    ...[permission, '--allow-fs-read=*', `--allow-fs-write=${temporary}`],
    ...['--allow-addons', '--allow-worker', '--allow-child-process', '--no-warnings'],
    `--import=data:text/javascript,${encodeURIComponent(WITHOUT_NETWORK)}`,
  ];
}

/** Runs `node` in a container, with this process's input and output; gives the exit code. @throws Error where it does not run. */
export async function executeNode(stateFolder: string, name: string, argv: readonly string[]): Promise<number> {
  const { pid, environment } = await readRecord(stateFolder, name);
  if (!isRunning(pid)) throw new Error(`container ${name} is not running`);
  const child = spawn(process.execPath, argv, { env: environment, stdio: 'inherit' });
  // What runs in a container ends with it.
  const watch = setInterval(() => {
    if (!isRunning(pid)) child.kill('SIGKILL');
  }, 100);
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      clearInterval(watch);
      resolve(code ?? 137);
    });
  });
}

/** The last lines of what a container has written. */
export async function tailOfLog(stateFolder: string, name: string, lines: number): Promise<string> {
  const text = await readFile(path.join(folderOf(stateFolder, name), 'log'), 'utf8');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

/** Ends a container, wherever it is, and removes what it has written. */
export async function removeContainer(stateFolder: string, name: string): Promise<void> {
  const record = await readRecord(stateFolder, name).catch(() => undefined);
  if (record !== undefined && isRunning(record.pid)) process.kill(record.pid, 'SIGKILL');
  await rm(folderOf(stateFolder, name), { recursive: true, force: true });
}

const folderOf = (stateFolder: string, name: string): string => path.join(stateFolder, 'containers', name);

async function readRecord(stateFolder: string, name: string): Promise<z.output<typeof recordSchema>> {
  const text = await readFile(path.join(folderOf(stateFolder, name), 'record.json'), 'utf8').catch((cause: unknown) => {
    throw new Error(`No such container: ${name}`, { cause });
  });
  return recordSchema.parse(JSON.parse(text));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
