import { spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { randomUUID } from 'node:crypto';
import { parseCommand, parseEnvironmentFile } from './commands.ts';
import type { Annotation, JobLog } from './log.ts';

/** A process that a step starts. */
export interface StepProcess {
  readonly command: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** A folder for the files by which the process answers. */
  readonly temporary: string;
  readonly signal: AbortSignal;
  /** Aborted when the machine dies. */
  readonly died: AbortSignal;
  readonly log: JobLog;
}

/** What a process said and wrote. */
export interface StepAnswer {
  readonly exitCode: number;
  readonly outputs: ReadonlyMap<string, string>;
  readonly environment: ReadonlyMap<string, string>;
  readonly path: readonly string[];
  /** What an action keeps for its `post`. */
  readonly state: ReadonlyMap<string, string>;
  readonly summary: string;
  readonly annotations: readonly Annotation[];
}

// How GitHub cancels: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation
const TERMINATE_AFTER_MILLISECONDS = 7500;
const KILL_AFTER_MILLISECONDS = 2500;

// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
const LONGEST_SUMMARY_BYTES = 1024 * 1024;

/**
 * Runs a process as the GitHub runner does: files for its outputs, commands in its output, signals when it is cancelled.
 *
 * @throws Error when it uses a command that GitHub has switched off, or writes a file that is not valid.
 */
export async function runStepProcess(process: StepProcess): Promise<StepAnswer> {
  const folder = path.join(process.temporary, `step-${randomUUID()}`);
  await mkdir(folder);
  const files = Object.fromEntries(
    ['GITHUB_OUTPUT', 'GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY'].map((name) => [
      name,
      path.join(folder, name),
    ]),
  );
  await Promise.all(Object.values(files).map(async (file) => await writeFile(file, '')));
  const annotations: Annotation[] = [];
  const problems: string[] = [];
  const onLine = createLineReader(process.log, annotations, problems);
  const child = spawn(process.command, process.argv, {
    cwd: process.cwd,
    env: { ...process.environment, ...files },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Of its own group, so that the end reaches what it started.
    detached: true,
  });
  const timers: NodeJS.Timeout[] = [];
  const kill = (signal: NodeJS.Signals): void => {
    if (child.pid !== undefined && child.exitCode === null) tryKill(child.pid, signal);
  };
  const cancel = (): void => {
    kill('SIGINT');
    timers.push(setTimeout(() => kill('SIGTERM'), TERMINATE_AFTER_MILLISECONDS));
    timers.push(setTimeout(() => kill('SIGKILL'), TERMINATE_AFTER_MILLISECONDS + KILL_AFTER_MILLISECONDS));
  };
  const die = (): void => kill('SIGKILL');
  process.died.addEventListener('abort', die, { once: true });
  if (process.signal.aborted) cancel();
  process.signal.addEventListener('abort', cancel, { once: true });
  try {
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      // GitHub ends what a job leaves behind; here it goes with its step, or its hold on the output would keep the step.
      child.once('exit', () => {
        if (child.pid !== undefined) tryKill(child.pid, 'SIGKILL');
      });
      child.once('close', (code) => resolve(code ?? 137));
    });
    const [problem] = problems;
    if (problem !== undefined) throw new Error(problem);
    const read = async (name: string): Promise<string> => await readFile(files[name] ?? '', 'utf8');
    const summary = await read('GITHUB_STEP_SUMMARY');
    if (Buffer.byteLength(summary) > LONGEST_SUMMARY_BYTES) throw new Error('the step summary is longer than 1 MiB');
    return {
      exitCode,
      outputs: parseEnvironmentFile(await read('GITHUB_OUTPUT')),
      environment: parseEnvironmentFile(await read('GITHUB_ENV')),
      path: (await read('GITHUB_PATH')).split('\n').filter((line) => line !== ''),
      state: parseEnvironmentFile(await read('GITHUB_STATE')),
      summary: process.log.redact(summary),
      annotations,
    };
  } finally {
    process.signal.removeEventListener('abort', cancel);
    process.died.removeEventListener('abort', die);
    for (const timer of timers) clearTimeout(timer);
    await rm(folder, { recursive: true, force: true });
  }
}

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    globalThis.process.kill(-pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

function createLineReader(log: JobLog, annotations: Annotation[], problems: string[]): (line: string) => void {
  let stopped: string | undefined;
  return (line) => {
    const command = parseCommand(line);
    if (command === undefined || (stopped !== undefined && command.name !== stopped)) {
      log.write(line);
      return;
    }
    switch (command.name) {
      case stopped:
        stopped = undefined;
        return;
      case 'add-mask':
        log.mask(command.value);
        return;
      case 'error':
      case 'warning':
      case 'notice': {
        const message = log.redact(command.value);
        annotations.push({
          level: command.name,
          message,
          file: command.properties['file'],
          line: command.properties['line'],
        });
        log.write(`${command.name}: ${message}`);
        return;
      }
      case 'stop-commands':
        stopped = command.value;
        return;
      case 'debug':
      case 'group':
      case 'endgroup':
      case 'echo':
        log.write(command.name === 'endgroup' ? '' : `${command.name}: ${command.value}`);
        return;
      case 'set-output':
      case 'save-state':
      case 'set-env':
      case 'add-path':
        problems.push(`the command ${command.name} is switched off on GitHub: write to the environment file instead`);
        return;
      default:
        log.write(line);
    }
  };
}
