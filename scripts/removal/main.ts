import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { parseCommandLine, runCommand, UsageError } from '../command-line.ts';
import { cloneCheckout, commitClone } from './clone-checkout.ts';
import { LAB_PARTS } from './lab-parts.ts';

const USAGE = `Checks that a fork may delete the lab (${LAB_PARTS.join(', ')}): copies this
working tree, deletes the lab in the copy, and runs there the type check and the tests that read the tree.

  npm run check:removal [-- --all | --only NAME …]

  --all         also a copy without each part alone; everywhere the whole of \`npm run check\` and \`npm test\`
  --only NAME   the same, but only the copy without this part, or without the \`lab\`; may be given several times`;

type Command = readonly [string, ...string[]];

/** Fails for an import, a list or a link that needs what is deleted. */
const QUICK: readonly Command[] = [
  ['npx', 'tsc', '-p', '.'],
  [
    ...(['npx', 'vitest', 'run', '--reporter=dot', '--project', 'node'] as const),
    ...['scripts/architecture', 'scripts/command-line', 'scripts/proof', 'scripts/testing'],
    ...['scripts/workflows/what-happens-when'],
  ],
];
const WHOLE: readonly Command[] = [
  ['npm', 'run', '--silent', 'check'],
  ['npm', 'test', '--', '--reporter=dot'],
];

await runCommand('npm run check:removal', USAGE, async () => {
  const { values } = parseCommandLine({
    options: { all: { type: 'boolean', default: false }, only: { type: 'string', multiple: true } },
  });
  if (values.all && values.only !== undefined) {
    throw new UsageError({ what: '--all and --only exclude each other', expected: 'one of them', found: 'both' });
  }
  const isWhole = values.all || values.only !== undefined;
  const names = values.only ?? ['lab', ...(values.all ? LAB_PARTS : [])];
  const removals = names.map(partsOf);
  let failed = 0;
  for (const removed of removals) {
    if (!(await isGreenWithout(removed, isWhole ? WHOLE : QUICK))) failed += 1;
  }
  console.log(`${removals.length} copies with parts of the lab deleted, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
});

function partsOf(name: string): readonly string[] {
  if (name === 'lab') return LAB_PARTS;
  if (LAB_PARTS.includes(name)) return [name];
  throw new UsageError({ what: '--only is unknown', expected: `lab or one of ${LAB_PARTS.join(', ')}`, found: name });
}

/** Runs commands in a copy of the working tree without some folders, up to the first command that fails. */
async function isGreenWithout(removed: readonly string[], commands: readonly Command[]): Promise<boolean> {
  const parent = await mkdtemp(path.join(tmpdir(), 'removal-'));
  const clone = path.join(parent, 'clone');
  try {
    await cloneCheckout(clone);
    for (const folder of removed) await rm(path.join(clone, folder), { recursive: true, force: true });
    await commitClone(clone, 'remove a part of the lab');
    for (const [command, ...argv] of commands) {
      const name = `without ${removed.join(', ')}: ${[command, ...argv].join(' ')}`;
      const started = performance.now();
      const { exitCode, stdout, stderr } = await runProcess({ command, argv, cwd: clone });
      const seconds = ((performance.now() - started) / 1000).toFixed(0);
      console.log(`${exitCode === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
      if (exitCode === 0) continue;
      console.log(`${stdout}${stderr}`);
      return false;
    }
    return true;
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}
