import { posix } from 'node:path';
import { UserError, type UserErrorParts } from '../errors/user-error.ts';

/** An entry of a folder that Terraform reads. */
export interface FolderEntry {
  /** Relative to the root of the repository, with `/`. */
  readonly path: string;
  readonly kind: 'file' | 'link' | 'other';
  readonly isTracked: boolean;
}

type Reason = readonly [name: RegExp, reason: string];

const OVERRIDES: Reason = [/(?:^|_)override\.t(?:f|ofu)(?:\.json)?$/, 'Terraform merges it over the other files'];

// What Terraform reads in a root module beside main.tf: https://developer.hashicorp.com/terraform/language/files
const ROOT_REASONS: readonly Reason[] = [
  OVERRIDES,
  [/\.t(?:f|ofu)vars(?:\.json)?$/, 'Terraform takes values of variables from it'],
  [/\.t(?:f|ofu)(?:\.json)?$/, 'Terraform adds it to the root module'],
  [/\.tf\w+\.(?:hcl|json)$/, 'Terraform takes it for a test, a query or a stack'],
  [/^(?:\.terraformrc|terraform\.rc|\.terraformignore)$/, 'it holds settings of the command line'],
];

// A state or a data folder beside a local run does no harm; one in Git is read in every checkout.
const TRACKED_REASONS: readonly Reason[] = [
  [/(?:^|\/)\.terraform(?:\.d)?(?:\/|$)/, 'it decides which modules, providers and state Terraform uses'],
  [/\.tfstate(?:\.|$)/, 'Terraform may take it for the state'],
];

const PRODUCT = new Set(['main.tf']);

const KIND_REASONS = {
  link: 'it is a link, and what it leads to can be anything',
  other: 'it is no regular file',
} as const;

/** What Terraform would read, and why it must not. */
export interface ForeignFile extends Pick<FolderEntry, 'path' | 'kind'> {
  readonly reason: string;
}

/**
 * Files that Terraform reads without their being a part of the product: in an environment's folder, and in those of the
 * modules that it uses, where what is merged or linked hides what a module does.
 */
export function foreignFiles(
  root: string,
  entries: readonly FolderEntry[],
  moduleEntries: readonly FolderEntry[],
): readonly ForeignFile[] {
  const own = entries.flatMap((entry) => {
    const name = posix.relative(root, entry.path);
    const isDirect = !name.includes('/') && !PRODUCT.has(name);
    return findReason(entry, [
      ...(isDirect ? ROOT_REASONS.map((reason): [string, Reason] => [name, reason]) : []),
      ...(entry.isTracked ? TRACKED_REASONS.map((reason): [string, Reason] => [name, reason]) : []),
    ]);
  });
  const others = moduleEntries.flatMap((entry) => findReason(entry, [[posix.basename(entry.path), OVERRIDES]]));
  return [...own, ...others].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function findReason(
  { path, kind }: FolderEntry,
  candidates: readonly (readonly [string, Reason])[],
): readonly ForeignFile[] {
  if (kind !== 'file') return [{ path, kind, reason: KIND_REASONS[kind] }];
  const found = candidates.find(([name, [pattern]]) => pattern.test(name));
  return found === undefined ? [] : [{ path, kind, reason: found[1][1] }];
}

/** The error about a file that Terraform must not read. */
export function foreignFileError({ path, kind, reason }: ForeignFile): UserErrorParts {
  if (kind !== 'file') {
    return {
      what: `Terraform must not read ${path}: ${reason}`,
      where: path,
      expected: 'a regular file',
      found: kind === 'link' ? 'a link' : 'no regular file',
      remedy: `Put a copy of what it holds in its place, or remove ${path}.`,
      location: { file: path },
    };
  }
  return {
    what: `Terraform would read ${path}, which the product does not know: ${reason}`,
    where: path,
    expected:
      'main.tf, backend.hcl and .terraform.lock.hcl alone, which `npm run generate` writes, and modules without overrides',
    found: posix.basename(path),
    remedy: `Remove ${path}; settings belong into environment.json, resources of your own into another repository.`,
    location: { file: path },
  };
}

/** @throws UserError that names each file that Terraform must not read. */
export function checkNoForeignFiles(files: readonly ForeignFile[]): void {
  const [first, ...others] = files.map(foreignFileError);
  if (first === undefined) return;
  throw new UserError(others.length === 0 ? first : { ...first, problems: [first, ...others] });
}
