import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { ROOT } from '../build.ts';
import { parseChoice, parseCommandLine, runCommand } from '../command-line.ts';
import { PROOFS, type Proof } from './proofs.ts';
import { renderProofs, runProofs, type Outcome } from './run-proofs.ts';

const USAGE = `Runs every long proof whole, one after the other, and ends with one table. A run that was interrupted continues
with the first proof that has not passed yet, as long as the sources are the same.

  npm run proof [-- --only NAME …] [--fresh] [--list]

  --only NAME   this proof alone; may be given several times
  --fresh       run what passed before too
  --list        print the proofs and run nothing`;

const FOLDER = path.join(ROOT, 'node_modules/.cache/proof');
const HEARTBEAT_MILLISECONDS = 30_000;

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => interruption.abort(new Error(`interrupted by ${signal}`)));
}

await runCommand('npm run proof', USAGE, async () => {
  const { values } = parseCommandLine({
    options: {
      only: { type: 'string', multiple: true },
      fresh: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  });
  const names = PROOFS.map(({ name }) => name);
  const only = values.only?.map((name) => parseChoice('--only', name, names));
  const proofs = PROOFS.filter(({ name }) => only === undefined || only.includes(name));
  if (values.list) {
    console.log(
      renderProofs(proofs.map((proof) => ({ proof, outcome: { result: 'skipped', reason: proof.missing() ?? '' } }))),
    );
    return;
  }
  const rows = await runProofs({
    proofs,
    folder: FOLDER,
    key: await hashSources(),
    fresh: values.fresh,
    run: runProof,
    log: (line) => console.log(line),
  });
  const table = renderProofs(rows);
  console.log(`\n${table}`);
  await writeFile(path.join(FOLDER, 'table.txt'), `${table}\n`);
  if (rows.some(({ outcome }) => outcome.result === 'failed')) process.exitCode = 1;
});

async function runProof({ name, script, argv }: Proof, logFile: string): Promise<Outcome> {
  interruption.signal.throwIfAborted();
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  let last = '';
  const onLine = (line: string): void => {
    if (line.trim() !== '') last = line.trim();
  };
  const heartbeat = setInterval(
    () => console.log(`${name}: ${seconds().toFixed(0)} s: ${last}`),
    HEARTBEAT_MILLISECONDS,
  );
  try {
    const { exitCode, stdout, stderr } = await runProcess({
      command: 'npm',
      argv: ['run', '--silent', script, '--', ...argv],
      cwd: ROOT,
      signal: interruption.signal,
      onStdoutLine: onLine,
      onStderrLine: onLine,
    });
    await writeFile(logFile, `${stdout}${stderr}`);
    // What an interrupted proof says is no outcome.
    interruption.signal.throwIfAborted();
    return { result: exitCode === 0 ? 'passed' : 'failed', seconds: seconds(), figures: last };
  } finally {
    clearInterval(heartbeat);
  }
}

/** One digest of every file that is under version control, or would be with the next commit, as it lies there. */
async function hashSources(): Promise<string> {
  const argv = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await runProcess({ command: 'git', argv, cwd: ROOT });
  const hash = createHash('sha256');
  for (const file of stdout.split('\0').sort()) {
    // The pages that the fault matrix writes are results of a proof.
    if (file.startsWith('docs/')) continue;
    // A deleted file is in the list too; so is the link to the dependencies.
    const content = await readFile(path.join(ROOT, file)).catch(() => '');
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}
