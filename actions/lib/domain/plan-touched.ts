import { posix } from 'node:path';

/** An environment with everything in the repository that its plan is made from. */
export interface EnvironmentSources {
  readonly name: string;
  readonly promotionOrder: number;
  /** Folders (every file below them) and single files, relative to the repository's root. */
  readonly sources: readonly string[];
}

/**
 * The environments that a change touches, in promotion order: those with a changed file among their sources, and all of
 * them where a shared file changed.
 *
 * @param shared folders or files that belong to every environment; `environments/*` means the files directly in it
 */
export function touchedEnvironments(
  changedFiles: readonly string[],
  environments: readonly EnvironmentSources[],
  shared: readonly string[],
): readonly EnvironmentSources[] {
  const all = changedFiles.some((file) => shared.some((source) => isBelow(file, source)));
  return environments
    .filter(({ sources }) => all || changedFiles.some((file) => sources.some((source) => isBelow(file, source))))
    .toSorted((a, b) => a.promotionOrder - b.promotionOrder || (a.name < b.name ? -1 : 1));
}

/** The environments whose folder a change removed: Terraform can no longer plan what they still hold. */
export function removedEnvironments(changedFiles: readonly string[], known: readonly string[]): readonly string[] {
  const removed = changedFiles.flatMap((file) => {
    const name = /^environments\/([^/]+)\/environment\.json$/.exec(file)?.[1];
    return name === undefined || known.includes(name) ? [] : [name];
  });
  return [...new Set(removed)].sort();
}

function isBelow(file: string, source: string): boolean {
  if (source.endsWith('/*')) return posix.dirname(file) === source.slice(0, -2);
  return file === source || file.startsWith(`${source}/`);
}

/**
 * Local paths that a Terraform file refers to, relative to the repository's root: the sources of local modules, and what
 * `file()` and its kin read by a path that starts at the module or at the root module.
 *
 * @param text a file in Terraform's own or its JSON syntax
 * @param folder the folder of that file, relative to the repository's root
 * @param rootFolder the folder of the root module
 */
export function localReferences(text: string, folder: string, rootFolder: string): readonly string[] {
  const references = [...withoutComments(text).matchAll(/"((?:\.{1,2}\/|\$\{path\.(?:module|root|cwd)\}\/)[^"\n]*)"/g)];
  return references.flatMap(([, reference = '']) => {
    // A path that goes on with an expression is known up to the folder before it.
    const [known = ''] = reference
      .replace(/^\$\{path\.(module|root|cwd)\}/, (_, base) => `<${String(base)}>`)
      .split('${');
    const isWhole = !reference.replace(/^\$\{path\.(?:module|root|cwd)\}/, '').includes('${');
    const prefix = isWhole ? known : known.slice(0, known.lastIndexOf('/'));
    const base = /^<(?:root|cwd)>/.test(prefix) ? rootFolder : folder;
    const resolved = posix.normalize(posix.join(base, prefix.replace(/^<\w+>/, '.'))).replace(/\/$/, '');
    // Outside the repository Git knows nothing of it.
    return resolved.startsWith('..') || resolved === '.' ? [] : [resolved];
  });
}

function withoutComments(text: string): string {
  return text.replaceAll(/^\s*(?:#|\/\/).*$/gm, '');
}
