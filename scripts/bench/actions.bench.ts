import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { listActions, ROOT } from '../build.ts';
import { median, type BenchContext, type BenchFamily, type Claim } from './bench.ts';
import { atMost } from './claims.ts';

const family: BenchFamily = { summary: 'start-up time and size of each action bundle', run };
export default family;

const MEGABYTE = 1_000_000;

async function run(context: BenchContext): Promise<readonly Claim[]> {
  const actions = await listActions();
  const claims: Claim[] = [];
  for (const action of actions) {
    const bundle = path.join(ROOT, 'actions/dist', `${action}.js`);
    const seconds: number[] = [];
    for (let round = 0; round < Math.max(5, context.rounds); round += 1) seconds.push(secondsToStart(bundle));
    const megabytes = sizeOf(bundle, new Set()) / MEGABYTE;
    context.report(`${action.padEnd(20)} ${median(seconds).toFixed(3)} s, ${megabytes.toFixed(2)} MB with its chunks`);
    claims.push(atMost(`${action}: milliseconds to start`, median(seconds) * 1000, 400, 'ms'));
    claims.push(atMost(`${action}: size with its chunks`, megabytes, 2, 'MB'));
  }
  return claims;
}

/** Until the action has read its inputs and refused them, which is the first thing that it does. */
function secondsToStart(bundle: string): number {
  const start = performance.now();
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('INPUT_'));
  const { status, stdout } = spawnSync(process.execPath, [bundle], {
    env: Object.fromEntries(inherited),
    encoding: 'utf8',
  });
  if (status !== 1 || !stdout.includes('::error::')) throw new Error(`${bundle} did not refuse to run without inputs`);
  return (performance.now() - start) / 1000;
}

/** The bytes of a bundle and of every chunk that it can load. */
function sizeOf(file: string, seen: Set<string>): number {
  // Some texts in the SDK only look like the names of chunks.
  if (seen.has(file) || !existsSync(file)) return 0;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  const chunks = [...text.matchAll(/["'](\.{1,2}\/[\w./-]+\.js)["']/g)].map(([, chunk = '']) =>
    path.resolve(path.dirname(file), chunk),
  );
  return Buffer.byteLength(text) + chunks.reduce((sum, chunk) => sum + sizeOf(chunk, seen), 0);
}
