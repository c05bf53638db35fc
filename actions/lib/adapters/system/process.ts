import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { UserError } from '../../domain/errors/user-error.ts';
import type { Process, ProcessResult, ProcessSpec } from '../../ports/process.ts';

/** A program that runs until it is told to end. */
export interface StartedProcess {
  readonly pid: number | undefined;
  /** How it ended: its exit code, or the signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a program without a shell, with nothing but the given environment; every line that it writes is passed on. */
export function startProcess(
  command: string,
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  onLine: (line: string) => void,
): StartedProcess {
  const child = spawn(command, argv, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const input of [child.stdout, child.stderr]) createInterface({ input, crlfDelay: Infinity }).on('line', onLine);
  return {
    pid: child.pid,
    ended: new Promise((resolve) => {
      child.once('error', () => resolve(127));
      child.once('exit', (code, signal) => resolve(signal ?? code ?? 0));
    }),
    kill: (signal) => void child.kill(signal),
  };
}

/** Runs a program to its end without a shell. The only module of the actions that spawns processes. */
export const runProcess: Process = async (spec: ProcessSpec): Promise<ProcessResult> => {
  const child = spawn(spec.command, spec.argv, {
    cwd: spec.cwd,
    env: spec.environment ?? process.env,
    detached: spec.detached === true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const forward = (): void => {
    child.kill('SIGINT');
  };
  if (spec.signal?.aborted === true) forward();
  spec.signal?.addEventListener('abort', forward, { once: true });
  try {
    const closed = new Promise<number>((resolve, reject) => {
      child.once('error', (cause) =>
        reject(
          new UserError({
            what: `${spec.command} could not be started`,
            expected: `the program ${spec.command} on the PATH`,
            found: cause.message,
            remedy: `Install ${spec.command} on the machine that runs this, which is the runner in a workflow.`,
            cause,
          }),
        ),
      );
      // By a signal: 128 + its number is what a shell would report, and never 0.
      child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
    });
    // A program that ends without reading its input closes the pipe; its exit code says more than EPIPE.
    child.stdin.on('error', () => undefined);
    child.stdin.end(spec.stdin ?? '');
    const stdout: string[] = [];
    const stderr: string[] = [];
    collect(child.stdout, stdout, spec.onStdoutLine);
    collect(child.stderr, stderr, spec.onStderrLine);
    return { exitCode: await closed, stdout: stdout.join(''), stderr: stderr.join('') };
  } finally {
    spec.signal?.removeEventListener('abort', forward);
  }
};

function collect(stream: NodeJS.ReadableStream, chunks: string[], onLine: ((line: string) => void) | undefined): void {
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => chunks.push(chunk));
  if (onLine !== undefined) createInterface({ input: stream, crlfDelay: Infinity }).on('line', onLine);
}
