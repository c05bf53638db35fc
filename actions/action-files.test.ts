import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readWorkflows } from '@sagemaker-gitops/workflow-runner';
import { importsOf } from '../scripts/architecture/imports.ts';
import { listActions, ROOT } from '../scripts/build.ts';
import { readActionFile } from '../scripts/generate/action-tables.ts';

const inputsModule = z.object({ inputs: z.instanceof(z.ZodObject) });

const workflows = (await readWorkflows(ROOT)).map(({ text }) => text);

interface Source {
  readonly text: string;
  /** The files of this repository that it imports. */
  readonly imports: readonly string[];
}
const sources = new Map<string, Source>();

async function readSource(file: string): Promise<Source> {
  const known = sources.get(file);
  if (known !== undefined) return known;
  const text = await readFile(file, 'utf8');
  const relative = importsOf(file, text).filter((target) => target.startsWith('.'));
  const source = { text, imports: relative.map((target) => path.resolve(path.dirname(file), target)) };
  sources.set(file, source);
  return source;
}

/** The sources of an action that render outputs: its own without tests, those that they import, and what these import. */
async function sourcesOf(name: string): Promise<string> {
  const folder = path.join(ROOT, 'actions', name);
  const own = (await readdir(folder)).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const files = new Set(own.map((file) => path.join(folder, file)));
  for (let depth = 0; depth < 2; depth += 1) {
    for (const file of [...files]) for (const target of (await readSource(file)).imports) files.add(target);
  }
  const texts = await Promise.all([...files].map(async (file) => (await readSource(file)).text));
  return texts.filter((text) => /outputs/i.test(text)).join('\n');
}

describe.each(await listActions())('%s', (name) => {
  it('declares in action.yml the inputs that it parses, and no others', async () => {
    const action = await readActionFile(name);
    const { inputs } = inputsModule.parse(await import(path.join(ROOT, 'actions', name, 'inputs.ts')));
    expect(Object.keys(inputs.shape).sort()).toEqual(Object.keys(action.inputs).sort());
  });

  it('sets every output that action.yml declares', async () => {
    const text = await sourcesOf(name);
    const { outputs } = await readActionFile(name);
    const isSet = (output: string): boolean => new RegExp(`(^|[{,\\s])['"]?${output}['"]?\\s*[:,}]`, 'm').test(text);
    expect(Object.keys(outputs).filter((output) => !isSet(output))).toEqual([]);
  });

  it('is used by a workflow, or its README shows how to', async () => {
    const readme = await readFile(path.join(ROOT, 'actions', name, 'README.md'), 'utf8');
    expect([...workflows, readme].filter((text) => text.includes(`uses: ./actions/${name}\n`))).not.toEqual([]);
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
