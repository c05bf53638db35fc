import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inject } from 'vitest';
import { ROOT } from '../build.ts';
import { parseOutputs } from './run-action.ts';
import { FAST_TERRAFORM } from './terraform-workspace.ts';

/** How an action ended, started the way a runner starts it. */
export interface ActionRun {
  readonly exitCode: number;
  /** What the log shows: standard output and standard error. */
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

/** An action that is running. */
export interface RunningAction {
  readonly pid: number;
  readonly ended: Promise<ActionRun>;
  readonly log: () => string;
}

/** Starts an action's bundle, built of the sources that are tested, with inputs, outputs and a summary as a runner has them. */
export function startAction(
  name: string,
  inputs: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): RunningAction {
  const bundles = inject('actionBundles');
  if (bundles === undefined) throw new Error('No action is built: the test file has to import start-action.ts itself.');
  const folder = mkdtempSync(path.join(tmpdir(), 'action-'));
  const [outputFile, summaryFile] = [path.join(folder, 'output'), path.join(folder, 'summary')];
  writeFileSync(outputFile, '');
  writeFileSync(summaryFile, '');
  const child = spawn(process.execPath, [path.join(bundles, `${name}.js`)], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...FAST_TERRAFORM,
      GITHUB_REPOSITORY: 'acme/models',
      GITHUB_REPOSITORY_ID: '1',
      GITHUB_SHA: '0'.repeat(40),
      GITHUB_RUN_ID: '100',
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_OUTPUT: outputFile,
      GITHUB_STEP_SUMMARY: summaryFile,
      ...Object.fromEntries(
        Object.entries(inputs).map(([key, value]) => [`INPUT_${key.toUpperCase().replaceAll(' ', '_')}`, value]),
      ),
      ...environment,
    },
  });
  let log = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (log += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const ended = new Promise<ActionRun>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      const outputs = parseOutputs(readFileSync(outputFile, 'utf8'));
      const summary = readFileSync(summaryFile, 'utf8');
      rmSync(folder, { recursive: true, force: true });
      resolve({ exitCode: code ?? 1, log, outputs, summary });
    });
  });
  return { pid: child.pid ?? 0, ended, log: () => log };
}

/**
 * As {@link startAction}, for an action that has to succeed.
 *
 * @throws Error with its log when it does not.
 */
export async function runActionOk(...start: Parameters<typeof startAction>): Promise<ActionRun> {
  const ended = await startAction(...start).ended;
  if (ended.exitCode === 0) return ended;
  throw new Error(`${start[0]} ended with exit code ${String(ended.exitCode)}:\n${ended.log}`);
}
