import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { listActions, ROOT } from '../scripts/build.ts';
import { readActionFile } from '../scripts/generate/action-tables.ts';

const inputsModule = z.object({ inputs: z.instanceof(z.ZodObject) });

describe.each(await listActions())('%s', (name) => {
  it('declares in action.yml the inputs that it parses, and no others', async () => {
    const action = await readActionFile(name);
    const { inputs } = inputsModule.parse(await import(path.join(ROOT, 'actions', name, 'inputs.ts')));
    expect(Object.keys(inputs.shape).sort()).toEqual(Object.keys(action.inputs).sort());
  });

  it('names its inputs and outputs in kebab-case', async () => {
    const action = await readActionFile(name);
    for (const key of [...Object.keys(action.inputs), ...Object.keys(action.outputs)]) {
      expect(key).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
    }
  });

  it('starts its committed bundle', async () => {
    const action = await readActionFile(name);
    expect(action.runs.main).toBe(`../dist/${name}.js`);
    const bundle = await readFile(path.join(ROOT, 'actions', name, action.runs.main));
    expect(bundle.length).toBeGreaterThan(0);
  });

  it('has the files that every action has; texts stand in report.ts or body.ts', async () => {
    const files = (await readdir(path.join(ROOT, 'actions', name))).filter((file) => !/\.test\.ts$/.test(file));
    expect(files.filter((file) => file !== 'report.ts' && file !== 'body.ts').sort()).toEqual([
      'README.md',
      'action.yml',
      'inputs.ts',
      'main.ts',
      'run.ts',
    ]);
  });
});
