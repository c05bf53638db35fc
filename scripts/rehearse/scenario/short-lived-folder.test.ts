import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { runProcess } from '../../../actions/lib/adapters/system/process.ts';
import { makeShortLivedFolder } from './short-lived-folder.ts';

const made: string[] = [];
const make = async (modelBytes: number): Promise<string> => {
  const folder = await makeShortLivedFolder('short-lived-', modelBytes);
  made.push(folder);
  return folder;
};

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const folder of made.splice(0).toReversed()) await rm(folder, { recursive: true });
});

it('is where TMPDIR says, if it is set', async () => {
  const parent = await mkdtemp(path.join(tmpdir(), 'parent-'));
  made.push(parent);
  vi.stubEnv('TMPDIR', parent);
  expect(path.dirname(await make(0))).toBe(parent);
});

it('runs programs, and has nothing in it', async () => {
  vi.stubEnv('TMPDIR', undefined);
  const folder = await make(0);
  const program = path.join(folder, 'program');
  await writeFile(program, '#!/bin/sh\nls\n', { mode: 0o755 });
  const { exitCode, stdout } = await runProcess({ command: program, argv: [], cwd: folder, environment: process.env });
  expect([exitCode, stdout]).toEqual([0, 'program\n']);
});

it('is not in memory where the models are larger than that', async () => {
  vi.stubEnv('TMPDIR', undefined);
  expect(path.dirname(await make(1e15))).toBe(tmpdir());
});
