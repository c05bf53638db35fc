import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { renderUserError } from '../../actions/lib/domain/errors/user-error.ts';
import { buildActions, ROOT } from '../build.ts';
import { parseCommandLine, runCommand, UsageError } from '../command-line.ts';
import { checkContent } from '../content/check-content.ts';
import { findStaleProductFiles } from '../generate/product-files.ts';
import { LAB_PARTS } from '../removal/lab-parts.ts';
import { countLines, renderSizes } from './size.ts';

/** A check gives the problems that it found, each as one line with what to do. */
interface Check {
  readonly name: string;
  run(): Promise<readonly string[]>;
}

const CHECKS: readonly Check[] = [
  command('format', 'prettier', ['--check', '--log-level', 'warn', '.']),
  command('lint', 'eslint', ['.']),
  command('types', 'tsc', ['-p', '.']),
  { name: 'unused code', run: checkUnusedCode },
  command('duplicates', 'jscpd', []),
  { name: 'generated files', run: checkGeneratedFiles },
  { name: 'bundles', run: checkBundles },
  { name: 'content', run: checkOwnContent },
];

function command(name: string, program: string, argv: readonly string[]): Check {
  return { name, run: async () => await runTool(program, argv) };
}

async function runTool(program: string, argv: readonly string[]): Promise<readonly string[]> {
  const executable = path.join(ROOT, 'node_modules/.bin', program);
  const { exitCode, stdout, stderr } = await runProcess({ command: executable, argv, cwd: ROOT });
  const output = `${stdout}${stderr}`.trim();
  return exitCode === 0 ? [] : [output === '' ? `${program} failed without output` : output];
}

/** A fork that deletes a part of the lab keeps what only that part used: unused there, and no fault. */
async function checkUnusedCode(): Promise<readonly string[]> {
  const hasLab = LAB_PARTS.every((folder) => existsSync(path.join(ROOT, folder)));
  return hasLab ? await runTool('knip', ['--no-config-hints']) : [];
}

async function checkGeneratedFiles(): Promise<readonly string[]> {
  const stale = await findStaleProductFiles();
  return stale.map((file) => `${file.path} is out of date: run \`npm run generate\` and commit it`);
}

async function checkOwnContent(): Promise<readonly string[]> {
  const { findings } = await checkContent({ root: ROOT, startsModels: true });
  return findings.flatMap(({ kind, parts }) => (kind === 'error' ? [renderUserError(parts)] : []));
}

async function checkBundles(): Promise<readonly string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bundles-'));
  try {
    await buildActions(folder);
    const [committed, rebuilt] = await Promise.all([readTree(path.join(ROOT, 'actions/dist')), readTree(folder)]);
    const names = [...new Set([...committed.keys(), ...rebuilt.keys()])].sort();
    return names.flatMap((name) => {
      const before = committed.get(name);
      const after = rebuilt.get(name);
      if (before !== undefined && after !== undefined && before.equals(after)) return [];
      return [`actions/dist/${name} is out of date: run \`npm run build\` and commit actions/dist`];
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readTree(folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(files.map(async (file) => [path.relative(folder, file), await readFile(file)] as const)),
  );
}

/** Runs a check and prints what it found; gives whether it found nothing. */
async function runCheck(check: Check): Promise<boolean> {
  const started = performance.now();
  const problems = await check.run();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${check.name} (${seconds} s)`);
  for (const problem of problems) console.log(problem.replaceAll(/^/gm, '       '));
  return problems.length === 0;
}

async function runChecks(): Promise<void> {
  // In parallel: each keeps one processor busy.
  const passed = await Promise.all(CHECKS.map(runCheck));
  const failed = passed.filter((each) => !each).length;
  if (failed === 0) return;
  console.log(`${failed} of ${CHECKS.length} checks failed`);
  process.exitCode = 1;
}

await runCommand('npm run check', 'usage: npm run check [-- --size [--root DIR]]', async () => {
  const { values } = parseCommandLine({ options: { size: { type: 'boolean' }, root: { type: 'string' } } });
  if (values.root !== undefined && values.size !== true) {
    throw new UsageError({ what: '--root needs --size', expected: '--size --root DIR', found: '--root alone' });
  }
  if (values.size === true) console.log(renderSizes(await countLines(path.resolve(values.root ?? ROOT))));
  else await runChecks();
});
