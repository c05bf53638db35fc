import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from 'vitest';

const directory = mkdtempSync(join(tmpdir(), 'local-aws-test-'));

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function start(...argv: string[]) {
  const main = join(import.meta.dirname, 'main.ts');
  return spawn(process.execPath, ['--import', 'tsx', main, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
}

it('prints what to export, answers there, and ends cleanly on Ctrl-C', async () => {
  const child = start('--port', '0', '--logs', join(directory, 'logs'), '--launcher', 'process');
  const exported = new Map<string, string>();
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name = '', value = ''] = /^export (\w+)=(.*)$/.exec(line) ?? [];
    exported.set(name, value);
    if (name === 'AWS_EC2_METADATA_DISABLED') break;
  }
  const url = exported.get('AWS_ENDPOINT_URL') ?? '';
  expect((await fetch(`${url}/v2/`)).status).toBe(401);
  expect(existsSync(join(directory, 'logs'))).toBe(true);
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
  await expect(fetch(`${url}/v2/`)).rejects.toThrow();
});

it.each([[['--help']], [['push', '--help']]])('tells how it is used: %j', async (argv) => {
  const child = start(...argv);
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(text).toMatch(/^usage: local-aws/);
});

it.each([
  ['--port', '70000', /port/],
  ['--account', '12', /12 digits/],
  ['--launcher', 'magic', /launcher/],
  ['--logs', join(import.meta.filename, 'logs'), /--logs must be a folder that can be made/],
])('refuses %s %s and says why', async (flag, value, message) => {
  const child = start(flag, value);
  let text = '';
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(text).toMatch(message);
});
