import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { readActionFile } from '../generate/action-tables.ts';
import { ROOT } from '../build.ts';

/** One start of an action's committed bundle, as the GitHub runner would start it. */
export interface ActionRun {
  readonly action: string;
  /** Inputs by their names in `action.yml`; what is not given takes the default from there. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly workspace: string;
  /** Environment besides the runner's own variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** A new folder below this one keeps the log, the outputs and the summary. */
  readonly logDirectory: string;
  readonly signal: AbortSignal;
}

/** How an action ended: what a later step of a workflow would see. */
export interface ActionResult {
  readonly exitCode: number;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** Everything it printed, workflow commands included. */
  readonly log: string;
  readonly folder: string;
}

let runs = 0;

/**
 * Starts an action's committed bundle with `INPUT_…` and the runner's files, and waits for its end.
 *
 * @throws Error when an input is not one that `action.yml` declares, or a required one is missing.
 */
export async function runAction(run: ActionRun): Promise<ActionResult> {
  const { inputs, runs: entry } = await readActionFile(run.action);
  const unknown = Object.keys(run.inputs).filter((name) => !Object.hasOwn(inputs, name));
  if (unknown.length > 0) throw new Error(`${run.action} has no input ${unknown.join(', ')}`);

  runs += 1;
  const folder = path.join(run.logDirectory, `${String(runs).padStart(2, '0')}-${run.action}`);
  const file = (name: string): string => path.join(folder, name);
  await mkdir(file('temp'), { recursive: true });
  for (const name of ['outputs', 'summary.md', 'env', 'path', 'state']) await writeFile(file(name), '');
  await writeFile(file('event.json'), '{}');

  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    ...run.environment,
    // The actions' runtime is Node 24; on Node 20 the SDK would warn in every log.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: run.workspace,
    GITHUB_OUTPUT: file('outputs'),
    GITHUB_STEP_SUMMARY: file('summary.md'),
    GITHUB_ENV: file('env'),
    GITHUB_PATH: file('path'),
    GITHUB_STATE: file('state'),
    GITHUB_EVENT_PATH: file('event.json'),
    RUNNER_TEMP: file('temp'),
  };
  for (const [name, declared] of Object.entries(inputs)) {
    const value = run.inputs[name] ?? declared.default ?? '';
    // Expressions are the workflow's to evaluate; what starts an action without one gives their values.
    if (value.includes('${{')) throw new Error(`${run.action} needs the input ${name}: its default is ${value}`);
    if (value === '' && declared.required === true) throw new Error(`${run.action} needs the input ${name}`);
    // The runner's own rule: upper case, spaces to underscores, hyphens kept.
    environment[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] = value;
  }

  const bundle = path.resolve(ROOT, 'actions', run.action, entry.main);
  const child = spawn(process.execPath, [bundle], {
    cwd: run.workspace,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = (): void => {
    child.kill('SIGINT');
  };
  if (run.signal.aborted) stop();
  run.signal.addEventListener('abort', stop, { once: true });
  const log = createWriteStream(file('log.txt'));
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      log.write(chunk);
    });
  }
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  run.signal.removeEventListener('abort', stop);
  log.end();
  await finished(log);
  return {
    exitCode,
    outputs: parseOutputs(await readFile(file('outputs'), 'utf8')),
    summary: await readFile(file('summary.md'), 'utf8'),
    log: Buffer.concat(chunks).toString('utf8'),
    folder,
  };
}

/**
 * Asserts how an action ended.
 *
 * @throws Error with the end of its log and where all of it is.
 */
export function expectExit(result: ActionResult, expected: number): void {
  if (result.exitCode === expected) return;
  const end = result.log.trim().split('\n').slice(-25).join('\n');
  throw new Error(
    `exit code ${String(result.exitCode)} instead of ${String(expected)} (all of it in ${result.folder}):\n${end}`,
  );
}

/** The outputs in a `GITHUB_OUTPUT` file: `name=value` lines and `name<<DELIMITER` blocks. */
export function parseOutputs(text: string): Readonly<Record<string, string>> {
  const outputs: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    if (line === '') continue;
    const block = /^([^=]+?)<<(.+)$/.exec(line);
    if (block !== null) {
      const [, name = '', delimiter = ''] = block;
      const end = lines.indexOf(delimiter);
      if (end === -1) throw new Error(`the output "${name}" has no closing delimiter`);
      outputs[name] = lines
        .splice(0, end + 1)
        .slice(0, -1)
        .join('\n');
      continue;
    }
    const at = line.indexOf('=');
    if (at < 1) throw new Error(`"${line}" is no output`);
    outputs[line.slice(0, at)] = line.slice(at + 1);
  }
  return outputs;
}
