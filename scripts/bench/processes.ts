import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { startServer, waitUntilReady } from '../../server/proof/server-process.ts';

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

/** Starts a peer that listens on the port in PORT (also put for `{port}` in its arguments) and waits for its /ping. */
export async function startPeer(command: Command): Promise<Running> {
  const port = await freePort();
  const child = spawn(
    command.executable,
    command.arguments.map((argument) => argument.replace('{port}', String(port))),
    {
      env: { ...process.env, ORT_DISABLE_TELEMETRY: '1', ...command.environment, PORT: String(port) },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
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

/** A process and all its descendants; only itself where there is no /proc. */
export function processTree(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of tryList('/proc')) {
    const pid = Number(name);
    const fields = Number.isInteger(pid) ? statFields(pid) : undefined;
    if (fields !== undefined) parents.set(pid, Number(fields[1]));
  }
  const tree = [root];
  for (const pid of tree) {
    for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  }
  return tree;
}

/** CPU time that a process and its living descendants have used, in microseconds; NaN where there is no /proc. */
export function cpuMicroseconds(root: number): number {
  const ticks = processTree(root).map((pid) => {
    const fields = statFields(pid);
    return fields === undefined ? Number.NaN : Number(fields[11]) + Number(fields[12]);
  });
  // proc(5): utime and stime count clock ticks, of which Linux shows 100 a second to user space.
  return ticks.reduce((total, value) => total + value, 0) * 10_000;
}

/** Resident memory of a process and its descendants in MiB, shared pages counted once (proportional set size). */
export function residentMebibytes(root: number): number {
  const kibibytes = processTree(root).map((pid) => {
    const match = /^Pss:\s+(\d+) kB$/m.exec(tryRead(`/proc/${pid}/smaps_rollup`));
    return match === null ? Number.NaN : Number(match[1]);
  });
  return kibibytes.reduce((total, value) => total + value, 0) / 1024;
}

// proc(5): the second field, the name in parentheses, may hold spaces; what follows it does not.
function statFields(pid: number): string[] | undefined {
  const stat = tryRead(`/proc/${pid}/stat`);
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function tryRead(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function tryList(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
