import { posix } from 'node:path';
import { compareChainPlaces, type ChainPlace } from '../promotion/order.ts';

/** An environment with everything in the repository that its plan is made from. */
export interface EnvironmentSources extends ChainPlace {
  /** AWS account id. */
  readonly account: string;
  readonly region: string;
  /** Folders (every file below them) and single files, relative to the repository's root. */
  readonly sources: readonly string[];
}

/** The environments that a change touches, chain by chain: those with a changed file among their sources. */
export function touchedEnvironments(
  changedFiles: readonly string[],
  environments: readonly EnvironmentSources[],
): readonly EnvironmentSources[] {
  return environments
    .filter(({ sources }) => changedFiles.some((file) => sources.some((source) => isMadeFrom(file, source))))
    .toSorted(compareChainPlaces);
}

/** The environments whose settings a change added, edited or removed, sorted. */
export function environmentsOfChangedSettings(changedFiles: readonly string[]): readonly string[] {
  const names = changedFiles.flatMap((file) => /^environments\/([^/]+)\/environment\.json$/.exec(file)?.[1] ?? []);
  return [...new Set(names)].sort();
}

// A folder's texts change no plan, unless Terraform reads one by its name.
function isMadeFrom(file: string, source: string): boolean {
  return file === source || (file.startsWith(`${source}/`) && !file.endsWith('.md'));
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
