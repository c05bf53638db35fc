import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../build.ts';
import {
  forbiddenImports,
  importsAcrossPackages,
  importsOf,
  layerOf,
  subjectOf,
  SUBJECTS,
  type Package,
} from './imports.ts';

async function readPackages(): Promise<readonly Package[]> {
  const readJson = async (file: string): Promise<Manifest> =>
    JSON.parse(await readFile(path.join(ROOT, file), 'utf8')) as Manifest;
  const { workspaces = [] } = await readJson('package.json');
  const manifests = await Promise.all(
    workspaces.map(async (folder) => ({ folder, ...(await readJson(`${folder}/package.json`)) })),
  );
  return manifests
    .filter(({ exports }) => exports !== undefined)
    .map(({ folder, name, exports = {}, dependencies = {}, devDependencies = {} }) => ({
      folder,
      name,
      entries: Object.keys(exports).map((subpath) => path.posix.join(name, subpath)),
      dependencies: Object.keys({ ...dependencies, ...devDependencies }),
    }));
}

interface Manifest {
  readonly name: string;
  readonly workspaces?: readonly string[];
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

async function sourceFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(path.join(ROOT, folder), { recursive: true });
  return entries
    .map((entry) => path.posix.join(folder, entry.split(path.sep).join('/')))
    .filter((file) => /\.ts$/.test(file) && !/\.test\.ts$|\/dist\/|\/__fixtures__\//.test(file));
}

describe('the house', () => {
  it.each(['actions', 'server'])('lets imports run one way only in %s', async (folder) => {
    const files = await sourceFiles(folder);
    expect(files.length).toBeGreaterThan(0);
    const problems = await Promise.all(
      files.map(async (file) => forbiddenImports(file, await readFile(path.join(ROOT, file), 'utf8'))),
    );
    expect(problems.flat()).toEqual([]);
  });

  it('imports packages by their public entries only', async () => {
    const packages = await readPackages();
    expect(packages.map(({ name }) => name)).toContain('@sagemaker-gitops/local-aws');
    const entries = await Promise.all(
      ['actions', 'server', 'scripts', 'terraform'].map(async (folder) =>
        (await readdir(path.join(ROOT, folder), { recursive: true })).map((entry) => path.posix.join(folder, entry)),
      ),
    );
    const files = entries.flat().filter((file) => file.endsWith('.ts') && !/\/(?:dist|node_modules)\//.test(file));
    const problems = await Promise.all(
      files.map(async (file) => importsAcrossPackages(file, await readFile(path.join(ROOT, file), 'utf8'), packages)),
    );
    expect(problems.flat()).toEqual([]);
  });

  it('spawns processes in one module of the actions only', async () => {
    const spawning: string[] = [];
    for (const file of await sourceFiles('actions')) {
      if (layerOf(file) === 'testing') continue;
      const imports = importsOf(file, await readFile(path.join(ROOT, file), 'utf8'));
      if (imports.includes('node:child_process')) spawning.push(file);
    }
    expect(spawning).toEqual(['actions/lib/adapters/system/process.ts']);
  });

  it('gives every source file of the actions a layer', async () => {
    const withoutLayer = (await sourceFiles('actions')).filter((file) => layerOf(file) === undefined);
    expect(withoutLayer).toEqual([]);
  });
});

describe('the subjects of the domain', () => {
  it('may import only subjects that stand above them in the table', () => {
    const names = Object.keys(SUBJECTS);
    const upward = Object.entries(SUBJECTS).flatMap(([name, { imports }]) =>
      imports
        .filter((other) => !names.slice(0, names.indexOf(name)).includes(other))
        .map((other) => `${name}: ${other}`),
    );
    expect(upward).toEqual([]);
  });

  it('are the folders of the domain, and the table allows no import that none of them needs', async () => {
    const used = new Map<string, Set<string>>(Object.keys(SUBJECTS).map((name) => [name, new Set()]));
    const folders = new Set<string>();
    for (const file of await sourceFiles('actions/lib/domain')) {
      const subject = subjectOf(file) ?? '';
      folders.add(subject);
      for (const specifier of importsOf(file, await readFile(path.join(ROOT, file), 'utf8'))) {
        const other = subjectOf(path.posix.join(path.posix.dirname(file), specifier));
        if (specifier.startsWith('.') && other !== undefined && other !== subject) used.get(subject)?.add(other);
      }
    }
    expect([...folders].sort()).toEqual(Object.keys(SUBJECTS).sort());
    const needed = Object.fromEntries([...used].map(([name, others]) => [name, [...others].sort()]));
    const allowed = Object.fromEntries(
      Object.entries(SUBJECTS).map(([name, { imports }]) => [name, [...imports].sort()]),
    );
    expect(allowed).toEqual(needed);
  });
});

describe('importsAcrossPackages', () => {
  const aws = {
    folder: 'scripts/aws',
    name: '@x/aws',
    entries: ['@x/aws', '@x/aws/testing'],
    dependencies: ['zod', 'vitest'],
  };

  it.each([
    ['a file of the product in a package', 'scripts/aws/a.ts', "import { x } from '../../actions/lib/a.ts';"],
    ['a package that is not declared', 'scripts/aws/core/a.ts', "import { x } from 'yaml';"],
    ['a file of a package by its path', 'scripts/a.ts', "import { x } from './aws/index.ts';"],
    ['a subpath that is not public', 'scripts/a.ts', "import { x } from '@x/aws/core/a.ts';"],
  ])('refuses %s', (_, file, source) => {
    expect(importsAcrossPackages(file, source, [aws])).toHaveLength(1);
  });

  it.each([
    ['own files and declared packages', 'scripts/aws/core/a.ts', "import '../b.ts'; import 'zod'; import 'node:fs';"],
    ['public entries', 'scripts/a.ts', "import '@x/aws'; import '@x/aws/testing'; import 'yaml'; import './b.ts';"],
  ])('allows %s', (_, file, source) => {
    expect(importsAcrossPackages(file, source, [aws])).toEqual([]);
  });
});

describe('forbiddenImports', () => {
  it.each([
    ['domain that reads files', 'actions/lib/domain/a.ts', "import { readFile } from 'node:fs/promises';"],
    ['domain that knows an adapter', 'actions/lib/domain/a.ts', "import { x } from '../adapters/runner.ts';"],
    ['domain that re-exports a port', 'actions/lib/domain/a.ts', "export * from '../ports/clock.ts';"],
    [
      'an operation that knows an adapter',
      'actions/lib/operations/a.ts',
      "const x = await import('../adapters/runner.ts');",
    ],
    [
      'a use case that knows an adapter',
      'actions/deploy-endpoint/run.ts',
      "import type { x } from '../lib/adapters/runner.ts';",
    ],
    [
      'a server that knows an action',
      'server/src/a.ts',
      "import { x } from '../../actions/lib/domain/environment/names.ts';",
    ],
    ['a subject that imports one below it', 'actions/lib/domain/text/a.ts', "import { x } from '../plan/diff.ts';"],
    ['an adapter that knows a use case', 'actions/lib/adapters/a.ts', "import { x } from '../../smoke-test/run.ts';"],
  ])('refuses %s', (_, file, source) => {
    expect(forbiddenImports(file, source)).toHaveLength(1);
  });

  it('allows a main that wires everything', () => {
    const source =
      "import { a } from './run.ts'; import { b } from '../lib/adapters/runner.ts'; import * as core from '@actions/core';";
    expect(forbiddenImports('actions/smoke-test/main.ts', source)).toEqual([]);
  });
});
