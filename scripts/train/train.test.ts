import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainSample } from '../../server/sample-model/sample-model.ts';

const script = fileURLToPath(new URL('main.ts', import.meta.url));
let directory: string;

function train(...options: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', './scripts/typescript.js', script, ...options], (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'train-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

describe('npm run train', () => {
  it('writes the model and its golden cases to the directory given', async () => {
    const out = join(directory, 'new', 'model');
    expect(await train('--seed', '5', '--rows', '80', '--fault', 'swapped-columns', '--out', out)).toMatchObject({
      exitCode: 0,
    });
    const expected = trainSample({ seed: 5, rows: 80, fault: 'swapped-columns' });
    expect(Buffer.from(expected.model).equals(await readFile(join(out, 'model.onnx')))).toBe(true);
    expect(JSON.parse(await readFile(join(out, 'golden.json'), 'utf8'))).toEqual(expected.golden);
  });

  it.each([
    [['--seed', '1'], '--out is missing'],
    [['--out', 'x', '--seed', 'one'], '--seed is not a whole number'],
    [['--out', 'x', '--rows', '3'], 'a whole number from 10'],
    [['--out', 'x', '--fault', 'lazy'], 'expected: one of swapped-columns'],
    [['--out', 'x', '--speed', '9'], 'There is no option --speed'],
  ])('refuses %j with one clear error', async (options, message) => {
    const { exitCode, stderr } = await train(...options);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain('usage: npm run train');
  });
});
