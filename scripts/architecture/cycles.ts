import path from 'node:path';

/** What each file or folder imports. */
export type ImportGraph = ReadonlyMap<string, ReadonlySet<string>>;

const TEST = /\.(?:test|bench)\.ts$/;

/** What each folder imports of other folders; tests don't count, as they may reach into what they test. */
export function folderGraph(files: ImportGraph): ImportGraph {
  const graph = new Map<string, Set<string>>();
  for (const [file, imports] of files) {
    if (TEST.test(file)) continue;
    const folder = path.posix.dirname(file);
    const targets = [...imports].map((target) => path.posix.dirname(target)).filter((target) => target !== folder);
    graph.set(folder, new Set([...(graph.get(folder) ?? []), ...targets]));
  }
  return graph;
}

/** The shortest cycle through each name that no earlier cycle contains: the names along it, the first again at the end. */
export function findCycles(graph: ImportGraph): readonly (readonly string[])[] {
  const reported = new Set<string>();
  return [...graph.keys()].sort().flatMap((start) => {
    if (reported.has(start)) return [];
    const cycle = shortestCycle(graph, start);
    for (const name of cycle ?? []) reported.add(name);
    return cycle === undefined ? [] : [cycle];
  });
}

function shortestCycle(graph: ImportGraph, start: string): readonly string[] | undefined {
  const paths: (readonly string[])[] = [[start]];
  const seen = new Set<string>();
  for (const way of paths) {
    for (const next of graph.get(way.at(-1) ?? start) ?? []) {
      if (next === start) return [...way, start];
      if (seen.has(next)) continue;
      seen.add(next);
      paths.push([...way, next]);
    }
  }
  return undefined;
}

/** A cycle of folders, with an import of a file for each step of it. */
export function explainFolderCycle(cycle: readonly string[], files: ImportGraph): string {
  const steps = cycle.slice(1).map((to, index) => {
    const from = cycle[index];
    for (const [file, imports] of files) {
      if (path.posix.dirname(file) !== from || TEST.test(file)) continue;
      const target = [...imports].find((each) => path.posix.dirname(each) === to);
      if (target !== undefined) return `  ${file} imports ${target}`;
    }
    return `  ${String(from)} imports ${to}`;
  });
  return [cycle.join(' → '), ...steps].join('\n');
}
