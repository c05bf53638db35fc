import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../build.ts';
import { explainFolderCycle, findCycles, folderGraph, type ImportGraph } from './cycles.ts';
import { importsOf } from './imports.ts';

async function readFileGraph(): Promise<ImportGraph> {
  const folders = ['actions', 'environments', 'scripts', 'server', 'terraform'];
  const entries = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(path.join(ROOT, folder), { recursive: true });
      return names.map((name) => path.posix.join(folder, name.split(path.sep).join('/')));
    }),
  );
  const files = entries
    .flat()
    .filter((file) => /\.ts$/.test(file) && !/\/(?:dist|node_modules|\.terraform)\//.test(file));
  return new Map(
    await Promise.all(
      files.map(async (file) => {
        const imports = importsOf(file, await readFile(path.join(ROOT, file), 'utf8'))
          .filter((specifier) => specifier.startsWith('.'))
          .map((specifier) => path.posix.join(path.posix.dirname(file), specifier));
        return [file, new Set(imports)] as const;
      }),
    ),
  );
}

describe('the repository', async () => {
  const files = await readFileGraph();

  it('has no cycle of imports among files', () => {
    expect(files.size).toBeGreaterThan(300);
    expect(findCycles(files).map((cycle) => cycle.join(' → '))).toEqual([]);
  });

  it('has no cycle of imports among folders', () => {
    expect(findCycles(folderGraph(files)).map((cycle) => explainFolderCycle(cycle, files))).toEqual([]);
  });
});

const graph = (edges: Readonly<Record<string, readonly string[]>>): ImportGraph =>
  new Map(Object.entries(edges).map(([from, to]) => [from, new Set(to)]));

describe('findCycles', () => {
  it.each([
    ['no cycle', { a: ['b', 'c'], b: ['c'], c: [] }, []],
    ['a file that imports itself', { a: ['a'] }, [['a', 'a']]],
    ['a cycle behind a file outside it', { a: ['b'], b: ['c'], c: ['b'] }, [['b', 'c', 'b']]],
    [
      'the shortest first',
      { a: ['b', 'c'], b: ['c'], c: ['a'] },
      [
        ['a', 'c', 'a'],
        ['b', 'c', 'a', 'b'],
      ],
    ],
    [
      'two apart',
      { a: ['b'], b: ['a'], c: ['d'], d: ['c'] },
      [
        ['a', 'b', 'a'],
        ['c', 'd', 'c'],
      ],
    ],
  ])('finds %s', (_, edges, expected) => {
    expect(findCycles(graph(edges))).toEqual(expected);
  });
});

describe('folderGraph', () => {
  const files = graph({
    'a/one.ts': ['a/two.ts', 'b/one.ts'],
    'a/one.test.ts': ['c/one.ts'],
    'b/one.ts': ['a/two.ts'],
  });

  it('leaves out tests and imports within a folder', () => {
    expect(folderGraph(files)).toEqual(graph({ a: ['b'], b: ['a'] }));
  });

  it('explains a cycle by the files that make it', () => {
    expect(explainFolderCycle(['a', 'b', 'a'], files)).toBe(
      'a → b → a\n  a/one.ts imports b/one.ts\n  b/one.ts imports a/two.ts',
    );
  });
});
