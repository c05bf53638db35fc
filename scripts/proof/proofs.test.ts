import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ROOT } from '../build.ts';
import { PROOFS, type Proof } from './proofs.ts';
import { renderProofs, runProofs, type Outcome, type ProofRow } from './run-proofs.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'proofs-'));
});
afterEach(async () => await rm(folder, { recursive: true }));

const proof = (name: string, reason: string | null = null): Proof => ({
  ...{ name, script: name, argv: ['--all'] },
  missing: () => reason,
});

describe('the proofs', () => {
  it.each(PROOFS)('have an npm script for $name', async ({ script }) => {
    const file = z.object({ scripts: z.record(z.string(), z.string()) });
    const { scripts } = file.parse(JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')));
    expect(Object.keys(scripts)).toContain(script);
  });

  it('have different names', () => {
    expect(new Set(PROOFS.map(({ name }) => name)).size).toBe(PROOFS.length);
  });
});

describe('runProofs', () => {
  const proofs = [proof('one'), proof('two'), proof('three')];

  /** Runs proofs of which some fail and, by its name, one interrupts the run; gives the rows and the names that ran. */
  const play = async (
    options: {
      readonly proofs?: readonly Proof[];
      readonly key?: string;
      readonly fresh?: boolean;
      readonly failing?: readonly string[];
      readonly interrupted?: string;
    } = {},
  ): Promise<{ readonly rows: readonly ProofRow[]; readonly ran: readonly string[] }> => {
    const ran: string[] = [];
    const run = async ({ name }: Proof): Promise<Outcome> => {
      if (name === options.interrupted) return await Promise.reject(new Error('interrupted'));
      ran.push(name);
      const result = options.failing?.includes(name) === true ? 'failed' : 'passed';
      return await Promise.resolve({ result, seconds: 12, figures: `${name}: 3 of 3` });
    };
    const { key = 'a', fresh = false } = options;
    const rows = await runProofs({
      ...{ proofs: options.proofs ?? proofs, folder, key, fresh, run },
      log: () => undefined,
    }).catch(() => []);
    return { rows, ran };
  };

  it('continues after an interruption with the proof that was interrupted', async () => {
    expect((await play({ interrupted: 'two' })).ran).toEqual(['one']);
    const { rows, ran } = await play();
    expect(ran).toEqual(['two', 'three']);
    expect(rows.map(({ outcome }) => outcome.result)).toEqual(['passed', 'passed', 'passed']);
  });

  it('goes on after a failure, and runs what failed again', async () => {
    const first = await play({ failing: ['two'] });
    expect(first.ran).toEqual(['one', 'two', 'three']);
    expect(first.rows.map(({ outcome }) => outcome.result)).toEqual(['passed', 'failed', 'passed']);
    expect((await play()).ran).toEqual(['two']);
  });

  it.each([
    ['other sources', { key: 'b' }],
    ['--fresh', { fresh: true }],
  ])('runs everything again with %s', async (_, options) => {
    await play();
    expect((await play()).ran).toEqual([]);
    expect((await play(options)).ran).toEqual(['one', 'two', 'three']);
  });

  it('skips a proof whose tool is missing, and lists it with the reason', async () => {
    const { rows, ran } = await play({ proofs: [proof('one'), proof('two', 'terraform cannot be started')] });
    expect(ran).toEqual(['one']);
    expect(renderProofs(rows).split('\n')).toEqual([
      'proof  command               seconds  result   figures',
      '-----  --------------------  -------  -------  ---------------------------',
      'one    npm run one -- --all       12  passed   one: 3 of 3',
      'two    npm run two -- --all  -        skipped  terraform cannot be started',
    ]);
  });
});
