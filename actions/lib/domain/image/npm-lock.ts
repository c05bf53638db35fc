import { z } from 'zod';
import { parseJsonFile, type JsonFile } from '../json/file.ts';
import { UserError } from '../errors/user-error.ts';

const entry = z.object({
  version: z.string().optional(),
  resolved: z.string().optional(),
  integrity: z.string().optional(),
  license: z.string().optional(),
  link: z.boolean().optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
  peerDependencies: z.record(z.string(), z.string()).default({}),
});

const lockSchema = z.object({ lockfileVersion: z.literal([2, 3]), packages: z.record(z.string(), entry) });

/** What package-lock.json says that npm installs. */
export type NpmLock = z.output<typeof lockSchema>;

/** A package at the version that is installed. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string | undefined;
  /** Subresource integrity, such as `sha512-…`. */
  readonly integrity: string | undefined;
  /** Names of the packages that it needs. */
  readonly needs: readonly string[];
}

/**
 * A lock file, decoded.
 *
 * @throws UserError when it is none, or older than npm 7.
 */
export function parseNpmLock(file: JsonFile): NpmLock {
  return parseJsonFile(file, lockSchema, 'Run `npm install` with npm 7 or newer, and commit package-lock.json.');
}

/** The package of a bare import: `@scope/name/deep` is `@scope/name`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/**
 * The packages that a program is made of: those it imports and, but for the ones that are taken alone, all that they need.
 * Sorted by name and version.
 *
 * @throws UserError when one of them is not in the lock file.
 */
export function packagesOf(
  lock: NpmLock,
  imported: readonly string[],
  alone: ReadonlySet<string>,
): readonly LockedPackage[] {
  const found = new Map<string, LockedPackage>();
  const visit = (from: string, name: string, required: boolean): void => {
    const place = resolve(lock, from, name);
    const entry = place === undefined ? undefined : lock.packages[place];
    if (place === undefined || entry?.version === undefined) {
      if (required) throw missing(name);
      return;
    }
    if (found.has(place)) return;
    const needs = alone.has(name) ? [] : Object.keys({ ...entry.dependencies, ...entry.peerDependencies });
    const optional = alone.has(name) ? [] : Object.keys(entry.optionalDependencies);
    found.set(place, {
      name,
      version: entry.version,
      license: entry.license,
      integrity: entry.integrity,
      needs: [...needs, ...optional].sort(),
    });
    for (const need of needs) visit(place, need, false);
    for (const need of optional) visit(place, need, false);
  };
  for (const name of imported) visit('', name, true);
  return [...found.values()].sort((a, b) => compare(`${a.name}@${a.version}`, `${b.name}@${b.version}`));
}

// Where Node would look: beside the package, then in every folder above it.
function resolve(lock: NpmLock, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (Object.hasOwn(lock.packages, place)) return place;
    if (folder === '') return undefined;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function missing(name: string): UserError {
  return new UserError({
    what: `The server imports ${name}, which the lock file does not have`,
    where: 'package-lock.json',
    expected: `an entry node_modules/${name}`,
    found: 'none',
    remedy: `Run \`npm install ${name}\` and commit package-lock.json.`,
  });
}
