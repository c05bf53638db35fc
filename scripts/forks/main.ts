import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runProcess } from '../../actions/lib/adapters/system/process.ts';
import { ROOT } from '../build.ts';
import { parseCommandLine, parseWholeNumber, runCommand, UsageError } from '../command-line.ts';
import { renderTable } from '../text-table.ts';
import { checkFork, CHECKS, type CheckName, type CheckResult, type ForkResult } from './check-fork.ts';
import { chooseBySeed } from './choose.ts';
import { MUTATIONS, type Mutation } from './mutations.ts';

const USAGE = `Checks that a fork with other content is green: clones this working tree, changes its content, and runs there
the content checks and, for some, the product tests that could read content and the rehearsal on Node alone.

  npm run check:forks [-- --rehearse N] [--seed N] [--all] [--only NAME …] [--list]

  --rehearse N   how many forks are tested and rehearsed, chosen by the seed (default 2)
  --seed N       the seed of that choice (default: from the commit)
  --all          test and rehearse every fork
  --only NAME    check and rehearse this fork alone; may be given several times
  --list         print the forks and check nothing`;

const HEARTBEAT_MILLISECONDS = 5000;

interface Options {
  readonly mutations: readonly Mutation[];
  readonly rehearsed: readonly Mutation[];
}

async function readOptions(): Promise<Options | 'list'> {
  const { values } = parseCommandLine({
    options: {
      rehearse: { type: 'string', default: '2' },
      seed: { type: 'string' },
      all: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      list: { type: 'boolean', default: false },
    },
  });
  if (values.list) return 'list';
  if (values.only !== undefined) {
    const mutations = values.only.map(findMutation);
    return { mutations, rehearsed: mutations };
  }
  if (values.all) return { mutations: MUTATIONS, rehearsed: MUTATIONS };
  const count = parseWholeNumber('--rehearse', values.rehearse, 0);
  const seed = values.seed === undefined ? await seedOfCommit() : parseWholeNumber('--seed', values.seed, 0);
  console.log(`seed ${seed} (--seed ${seed} chooses the same forks to rehearse)`);
  return { mutations: MUTATIONS, rehearsed: chooseBySeed(MUTATIONS, count, seed) };
}

function findMutation(name: string): Mutation {
  const found = MUTATIONS.find((mutation) => mutation.name === name);
  if (found !== undefined) return found;
  throw new UsageError({
    what: '--only is unknown',
    expected: `one of ${MUTATIONS.map((mutation) => mutation.name).join(', ')}`,
    found: name,
  });
}

/** The same commit always rehearses the same forks; another may rehearse others. */
async function seedOfCommit(): Promise<number> {
  const { stdout } = await runProcess({ command: 'git', argv: ['rev-parse', 'HEAD'], cwd: ROOT });
  return Number.parseInt(stdout.slice(0, 7), 16) || 0;
}

async function checkForks({ mutations, rehearsed }: Options, signal: AbortSignal): Promise<number> {
  const logs = await mkdtemp(path.join(tmpdir(), 'fork-logs-'));
  const clones = await mkdtemp(path.join(tmpdir(), 'forks-'));
  console.log(`${mutations.length} forks, ${rehearsed.length} of them rehearsed; logs are in ${logs}`);
  const results: ForkResult[] = [];
  try {
    for (const [index, mutation] of mutations.entries()) {
      console.log(`[${index + 1}/${mutations.length}] ${mutation.name}: ${mutation.summary}`);
      const clone = path.join(clones, mutation.name);
      const progress = startProgress();
      try {
        const result = await checkFork(mutation, {
          clone,
          logFolder: path.join(logs, mutation.name),
          checks: rehearsed.includes(mutation) ? CHECKS : ['content'],
          signal,
          onLine: progress.note,
        });
        results.push(result);
        for (const each of result.results) console.log(`      ${renderResult(each)}`);
      } finally {
        progress.stop();
        await rm(clone, { recursive: true, force: true });
      }
    }
  } finally {
    await rm(clones, { recursive: true, force: true });
  }
  const rows = results.map(({ name, results: checks }) => [
    name,
    ...CHECKS.map((check) => renderCell(checks.find((each) => each.check === check))),
  ]);
  console.log(`\n${renderTable(['fork', ...CHECKS], rows)}\n`);
  const failed = results.filter(({ results: checks }) => checks.some(({ problem }) => problem !== null));
  const [first] = failed;
  if (first !== undefined) console.log(`The output of ${first.name} is in ${first.logFolder}`);
  console.log(`${results.length} forks, ${rehearsed.length} rehearsed, ${failed.length} failed`);
  return failed.length === 0 ? 0 : 1;
}

/** Prints the last line of a check every few seconds, so that none is silent. */
function startProgress(): { note: (check: CheckName, line: string) => void; stop: () => void } {
  let last = '';
  const started = performance.now();
  const timer = setInterval(() => {
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`      ${seconds.padStart(4)} s  ${last}`);
  }, HEARTBEAT_MILLISECONDS);
  return {
    note: (check, line) => {
      if (line.trim() !== '') last = `${check}: ${line.trim()}`;
    },
    stop: () => clearInterval(timer),
  };
}

function renderResult({ check, seconds, problem }: CheckResult): string {
  return `${problem === null ? 'ok    ' : 'FAILED'} ${check} (${seconds.toFixed(0)} s)${problem === null ? '' : `: ${problem}`}`;
}

function renderCell(result: CheckResult | undefined): string {
  if (result === undefined) return '-';
  return `${result.problem === null ? 'ok' : 'FAILED'} ${result.seconds.toFixed(0)} s`;
}

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => interruption.abort(new Error(`interrupted by ${signal}`)));
}
await runCommand('npm run check:forks', USAGE, async () => {
  const options = await readOptions();
  if (options === 'list') {
    const rows = MUTATIONS.map(({ name, summary }) => [name, summary]);
    console.log(renderTable(['fork', 'content'], rows));
  } else {
    process.exitCode = await checkForks(options, interruption.signal);
  }
});
