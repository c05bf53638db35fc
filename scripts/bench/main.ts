import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCommandLine, parseWholeNumber, runCommand, UsageError } from '../command-line.ts';
import { renderClaim, verdictOf, type BenchContext, type BenchFamily, type Claim } from './bench.ts';
import { busyShare } from '../../server/src/testing/process-inspection.ts';
import { loadGenerator } from './load.ts';

const suffix = '.bench.ts';
const names = (await readdir(import.meta.dirname))
  .filter((file) => file.endsWith(suffix))
  .map((file) => file.slice(0, -suffix.length))
  .sort();
const usage = `usage: npm run bench -- [FAMILY…] [--short] [--rounds N] [--seconds N] [--runs N] [--seed N] [--list]\nfamilies: ${names.join(', ')}`;

async function loadFamily(name: string): Promise<BenchFamily> {
  const module = (await import(`./${name}${suffix}`)) as { default: BenchFamily };
  return module.default;
}

await runCommand('npm run bench', usage, async () => {
  const { values, positionals } = parseCommandLine({
    arguments: ['FAMILY…'],
    options: {
      short: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      runs: { type: 'string' },
      seed: { type: 'string' },
      list: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new UsageError({
      what: 'There is no such family',
      expected: `one of ${names.join(', ')}`,
      found: unknown.join(', '),
    });
  }
  const chosen = positionals.length === 0 ? names : positionals;
  if (values.list) {
    for (const name of names) console.log(`${name.padEnd(12)} ${(await loadFamily(name)).summary}`);
  } else {
    const rounds = positive('--rounds', values.rounds ?? (values.short ? '2' : '5'));
    const secondsPerRound = positive('--seconds', values.seconds ?? (values.short ? '1' : '4'));
    console.log(
      `${cpus().length} processors (${cpus()[0]?.model ?? 'unknown'}), Node ${process.version}, load by ${loadGenerator}`,
    );
    const results: { name: string; claims: readonly Claim[]; failure?: string }[] = [];
    const runs = values.runs === undefined ? undefined : parseWholeNumber('--runs', values.runs, 1);
    const seed = parseWholeNumber('--seed', values.seed ?? '1', 0);
    const options = { rounds, secondsPerRound, short: values.short, runs, seed };
    for (const name of chosen) results.push(await runFamily(name, options));
    console.log(
      `\nmedians of ${rounds} alternating rounds of ${secondsPerRound} s${values.short ? ' (short mode: not to be quoted)' : ''}`,
    );
    for (const { name, claims, failure } of results) {
      for (const claim of claims) console.log(`${renderClaim(claim)} [${name}]`);
      if (failure !== undefined) console.log(`FAIL  ${name}: ${failure}`);
    }
    // Where nothing may be missing a figure left out is a failure too.
    const allowed = process.env['CI'] === 'true' ? ['PASS'] : ['PASS', 'SKIP'];
    const passed = results.every(
      ({ claims, failure }) => failure === undefined && claims.every((claim) => allowed.includes(verdictOf(claim))),
    );
    process.exitCode = passed ? 0 : 1;
  }
});

/** Runs one family; its failure is a result like another, so that the others still run. */
async function runFamily(
  name: string,
  options: Omit<BenchContext, 'scratchDirectory' | 'report'>,
): Promise<{ name: string; claims: readonly Claim[]; failure?: string }> {
  const scratchDirectory = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const family = await loadFamily(name);
    console.log(`\n## ${name}: ${family.summary}`);
    console.log(
      `before it began, other processes kept ${(100 * (await busyShare(1))).toFixed(0)} % of the processors busy`,
    );
    return { name, claims: await family.run({ ...options, scratchDirectory, report: (line) => console.log(line) }) };
  } catch (error) {
    return { name, claims: [], failure: error instanceof Error ? error.message : String(error) };
  } finally {
    await rm(scratchDirectory, { recursive: true });
  }
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new UsageError({ what: `${option} is not a number in its range`, expected: 'a number above 0', found: text });
}
