import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The built server. */
export const serverBundle = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server in its own process. */
export interface ServerProcess {
  /** Base address, such as http://127.0.0.1:40123. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Milliseconds from the start of the process to the log line `listening`. */
  readonly listeningAfterMilliseconds: number;
  readonly exited: Promise<Exit>;
  /** The last lines that it wrote to stdout and stderr. */
  readonly log: () => string;
  /** Ends it with SIGTERM, after 30 s with SIGKILL, as SageMaker does. */
  readonly stop: () => Promise<Exit>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

export interface ServerOptions {
  /** The bundle to start; default: the one that `npm run build` makes. */
  readonly bundle?: string;
  readonly modelDirectory?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly startTimeoutMilliseconds?: number;
  readonly nodeOptions?: readonly string[];
  readonly killAfterMilliseconds?: number;
}

/** Starts the built server on a free port and waits until it listens. @throws Error with its last output when it ends or is silent. */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const bundle = options.bundle ?? serverBundle;
  if (!existsSync(bundle)) throw new Error(`${bundle} is missing: run "npm run build" first`);
  const started = performance.now();
  const child = spawn(process.execPath, [...(options.nodeOptions ?? []), bundle, 'serve'], {
    env: {
      ...withoutServerSettings(process.env),
      PORT: '0',
      HOST: '127.0.0.1',
      ...(options.modelDirectory === undefined ? {} : { MODEL_DIR: options.modelDirectory }),
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal });
    });
  });
  const endWithParent = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', endWithParent);
  void exited.then(() => process.off('exit', endWithParent));
  const lines = keepLastLines(child);
  const port = await portWhenListening(child, exited, lines, options.startTimeoutMilliseconds ?? 60_000);
  const stop = async (): Promise<Exit> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), options.killAfterMilliseconds ?? 30_000);
    const exit = await exited;
    clearTimeout(timer);
    return exit;
  };
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pid: child.pid ?? 0,
    listeningAfterMilliseconds: performance.now() - started,
    exited,
    log: () => lines.join('\n'),
    stop,
    kill: (signal) => void child.kill(signal),
  };
}

/** The environment without variables that configure the server under test. */
function withoutServerSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = new Set(['PATH', 'HOME', 'TMPDIR', 'LANG', 'LD_LIBRARY_PATH', 'SystemRoot']);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => kept.has(name)));
}

function keepLastLines(child: ChildProcess): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line.slice(0, 2000));
      if (lines.length > 200) lines.shift();
    });
  }
  return lines;
}

function portWhenListening(
  child: ChildProcess,
  exited: Promise<Exit>,
  lines: readonly string[],
  timeoutMilliseconds: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the server did not listen within ${timeoutMilliseconds} ms; its output:\n${lines.join('\n')}`));
    }, timeoutMilliseconds);
    void exited.then(({ code, signal }) => {
      clearTimeout(timer);
      reject(
        new Error(
          `the server ended with ${signal ?? `exit code ${String(code)}`} before it listened; its output:\n${lines.join('\n')}`,
        ),
      );
    });
    if (child.stdout === null) throw new Error('the server was started without a stdout');
    const reader = createInterface({ input: child.stdout });
    reader.on('line', (line) => {
      const port = portOfLine(line);
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(port);
    });
  });
}

function portOfLine(line: string): number | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry === 'object' && entry !== null && 'port' in entry && typeof entry.port === 'number')
      return entry.port;
  } catch {
    return undefined;
  }
  return undefined;
}

/** Polls /ping until it returns 200. @throws Error after the timeout, with the last response. */
export async function waitUntilReady(url: string, timeoutMilliseconds = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMilliseconds;
  for (;;) {
    const status = await fetch(`${url}/ping`).then(
      async (response) => {
        await response.arrayBuffer();
        return `status ${response.status}`;
      },
      (error: unknown) => String(error),
    );
    if (status === 'status 200') return;
    if (performance.now() > deadline)
      throw new Error(`${url}/ping did not answer 200 within ${timeoutMilliseconds} ms: ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
