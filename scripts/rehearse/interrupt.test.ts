import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../build.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'interrupt-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Starts a rehearsal whose temporary files lie in `folder`, and interrupts it when it first prints a line. */
async function interruptAt(line: RegExp): Promise<{ exitCode: number | null; output: string }> {
  const child = spawn(
    process.execPath,
    ['--import', './scripts/typescript.js', 'scripts/rehearse/main.ts', '--only-node'],
    {
      cwd: ROOT,
      env: { ...process.env, TMPDIR: folder, TEMP: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (text) => lines.push(text));
  createInterface({ input: child.stdout }).on('line', (text) => {
    // The table at the end names the step again, when Node may have removed its handlers.
    if (line.test(text) && !lines.some((earlier) => line.test(earlier))) child.kill('SIGINT');
    lines.push(text);
  });
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { exitCode, output: lines.join('\n') };
}

/** Command lines of running processes that mention a text; only where /proc tells. */
async function processesNaming(text: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map(async (pid) => await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(text)).map((line) => line.replaceAll('\0', ' '));
}

describe('npm run rehearse, interrupted', () => {
  it.each([
    ['while the emulators start', /start the emulators/],
    ['while instances serve and workflows run', /a pull request brings/],
  ])('leaves nothing but its logs %s', { timeout: 180_000 }, async (_, line) => {
    const { exitCode, output } = await interruptAt(line);
    expect(output).toMatch(line);
    expect(output).toContain('Interrupted; everything that was started has ended.');
    expect(exitCode).toBe(1);
    const left = (await readdir(folder)).filter(
      (name) => !name.startsWith('tsx-') && !name.startsWith('node-compile-cache'),
    );
    expect(left).toEqual([expect.stringMatching(/^rehearsal-logs-/)]);
    expect(await processesNaming(folder)).toEqual([]);
  });
});
