import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createServer } from 'node:net';
import type { Readable } from 'node:stream';
import { processTree } from '../../server/src/testing/process-inspection.ts';
import { startServer, waitUntilReady } from '../../server/src/testing/server-process.ts';

/** A server under measurement, with all the processes it consists of. */
export interface Running {
  readonly url: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

export interface Command {
  readonly executable: string;
  readonly arguments: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts the process of a server that listens on a port; its standard error is a pipe. */
export function spawnPeer(command: Command, port: number): ChildProcessByStdio<null, null, Readable> {
  return spawn(
    command.executable,
    command.arguments.map((argument) => argument.replace('{port}', String(port))),
    {
      env: { ...process.env, ORT_DISABLE_TELEMETRY: '1', ...command.environment, PORT: String(port) },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
}

/** Starts a peer that listens on the port in PORT (also put for `{port}` in its arguments) and waits for its /ping. */
export async function startPeer(command: Command): Promise<Running> {
  const port = await freePort();
  const child = spawnPeer(command, port);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-4000)));
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.once('error', () => {
      resolve();
    });
  });
  const killTree = (): void => {
    for (const pid of processTree(child.pid ?? 0)) tryKill(pid);
  };
  process.once('exit', killTree);
  const url = `http://127.0.0.1:${port}`;
  const failed = exited.then(() => {
    throw new Error(`${command.executable} ${command.arguments.join(' ')} ended before it answered /ping:\n${errors}`);
  });
  await Promise.race([waitUntilReady(url), failed]);
  failed.catch(() => undefined);
  return {
    url,
    pid: child.pid ?? 0,
    stop: async () => {
      killTree();
      await exited;
      process.off('exit', killTree);
    },
  };
}

/** Starts the server of this repository, as built. */
export async function startOurs(
  modelDirectory: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const server = await startServer({ modelDirectory, environment });
  await waitUntilReady(server.url);
  return {
    url: server.url,
    pid: server.pid,
    stop: async () => {
      await server.stop();
    },
  };
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('no free port'));
      });
    });
  });
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
