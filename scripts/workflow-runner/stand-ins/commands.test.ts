import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeStandInCommands } from './commands.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'commands-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const KNOWN = [{ program: 'npm', known: { ci: "what's there is taken", 'run check': 'checked before' } }];

async function npm(...argv: string[]): Promise<{ exitCode: number; output: string }> {
  try {
    const { stdout } = await promisify(execFile)(path.join(folder, 'npm'), argv);
    return { exitCode: 0, output: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { exitCode: code, output: stdout + stderr };
  }
}

it('prints its text', async () => {
  await writeStandInCommands(folder, KNOWN);
  expect(await npm('ci')).toEqual({ exitCode: 0, output: "stand-in for `npm ci`: what's there is taken\n" });
  expect((await npm('run', 'check')).exitCode).toBe(0);
});

it.each([[['install']], [['ci', '--force']], [[]]])('refuses other arguments: %j', async (argv) => {
  await writeStandInCommands(folder, KNOWN);
  expect(await npm(...argv)).toEqual({
    exitCode: 64,
    output: `the stand-in for npm does not accept: npm ${argv.join(' ')}\n`,
  });
});

it('fails on demand until it is reset', async () => {
  const commands = await writeStandInCommands(folder, KNOWN);
  await commands.fail('npm run check', true);
  expect((await npm('run', 'check')).exitCode).toBe(1);
  expect((await npm('ci')).exitCode).toBe(0);
  await commands.fail('npm run check', false);
  expect((await npm('run', 'check')).exitCode).toBe(0);
  await expect(commands.fail('npm test', true)).rejects.toThrow('there is no stand-in for npm test');
});
