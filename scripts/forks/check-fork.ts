import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { removedPartOf } from '../removal/lab-parts.ts';
import { findUnanswered } from './answers.ts';
import { cloneCheckout, commitClone } from '../removal/clone-checkout.ts';
import { readContent, writeContent, type Content } from './content.ts';
import type { Mutation } from './mutations.ts';

/** The product tests that would read content first if one did, by what their paths contain. */
const TESTS = [
  'actions/action-files',
  'actions/build-image/run',
  'actions/changed-',
  'actions/detect-drift',
  'actions/environment-settings',
  'actions/promote-release',
  'scripts/architecture',
  'scripts/bootstrap/settings',
  'scripts/generate',
  'scripts/workflows/fork',
  'scripts/workflows/security',
];

// Without the projects of the server, and of the tests that need Terraform, moto or Docker.
const PROJECTS = ['--project', 'node'];

/** What is run in a clone. */
export type CheckName = 'content' | 'tests' | 'rehearsal';

/** The checks of a whole run; without the rehearsal where this checkout has none. */
export const CHECKS: readonly CheckName[] = [
  'content',
  'tests',
  ...(removedPartOf('scripts/rehearse') === undefined ? (['rehearsal'] as const) : []),
];

const COMMANDS: Readonly<Record<CheckName, readonly [string, ...string[]]>> = {
  content: ['npm', 'run', '--silent', 'check:content'],
  tests: ['npx', 'vitest', 'run', '--reporter=dot', ...PROJECTS, ...TESTS],
  rehearsal: ['npm', 'run', '--silent', 'rehearse', '--', '--only-node'],
};

/** What came of one check in one clone. */
export interface CheckResult {
  readonly check: CheckName;
  readonly seconds: number;
  /** Why it failed, or null. */
  readonly problem: string | null;
}

/** What came of one fork. */
export interface ForkResult {
  readonly name: string;
  readonly results: readonly CheckResult[];
  readonly logFolder: string;
}

export interface ForkOptions {
  /** An empty folder for the clone. */
  readonly clone: string;
  /** Where each check writes its output. */
  readonly logFolder: string;
  readonly checks: readonly CheckName[];
  readonly signal: AbortSignal;
  /** Called with each line that a check prints. */
  readonly onLine: (check: CheckName, line: string) => void;
}

/** Makes a fork of this working tree with changed content, and runs the checks in it up to the first that fails. */
export async function checkFork(mutation: Mutation, options: ForkOptions): Promise<ForkResult> {
  const { clone, logFolder, checks, signal } = options;
  await mkdir(logFolder, { recursive: true });
  await cloneCheckout(clone);
  const content = mutation.apply(await readContent(clone));
  await writeContent(clone, content);
  await commitClone(clone, 'content: make it ours');
  const results: CheckResult[] = [];
  for (const check of checks) {
    signal.throwIfAborted();
    const result = await runCheck(check, content, options);
    results.push(result);
    if (result.problem !== null) break;
  }
  return { name: mutation.name, results, logFolder };
}

async function runCheck(check: CheckName, content: Content, options: ForkOptions): Promise<CheckResult> {
  const started = performance.now();
  const [command, ...argv] = COMMANDS[check];
  const onLine = (line: string): void => options.onLine(check, line);
  const { exitCode, stdout, stderr } = await runProcess({
    command,
    argv,
    cwd: options.clone,
    signal: options.signal,
    onStdoutLine: onLine,
    onStderrLine: onLine,
  });
  await writeFile(path.join(options.logFolder, `${check}.log`), `${stdout}${stderr}`);
  const problems =
    exitCode !== 0
      ? [`${[command, ...argv].join(' ')} ended with exit code ${exitCode}`]
      : check === 'rehearsal'
        ? findUnanswered(content, stdout)
        : [];
  return { check, seconds: (performance.now() - started) / 1000, problem: problems.join('; ') || null };
}
