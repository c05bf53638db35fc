import { oneOf, UserError } from '../errors/user-error.ts';
import { releaseIdOf, type ReleaseFile, type ReleaseId, type ReleaseSource, type ReleaseSpec } from './release.ts';

/** A release file with one more release, and that release's id. */
export interface AddedRelease {
  readonly file: ReleaseFile;
  readonly id: ReleaseId;
  /** False where the same specification was there already; its entry then stays as it was. */
  readonly added: boolean;
}

/** Adds a release and makes it the live one. A specification that is there already keeps its entry: it is immutable. */
export function addRelease(file: ReleaseFile, spec: ReleaseSpec, source: ReleaseSource): AddedRelease {
  const id = releaseIdOf(spec);
  const added = !Object.hasOwn(file.releases, id);
  const releases = added ? { ...file.releases, [id]: { spec, source } } : file.releases;
  return { file: { ...file, live: id, releases }, id, added };
}

/**
 * Makes another of the listed releases the live one.
 *
 * @throws UserError when the file doesn't list it.
 */
export function setLive(file: ReleaseFile, id: ReleaseId, path: string): ReleaseFile {
  if (!Object.hasOwn(file.releases, id)) {
    throw new UserError({
      what: `Release ${id} is not among the releases`,
      where: `${path} at releases`,
      expected: oneOf(Object.keys(file.releases), 'a release that is listed: there is none yet'),
      found: id,
      remedy: 'Use the id of a listed release, or add a new one.',
      location: { file: path },
    });
  }
  return { ...file, live: id };
}

/**
 * Drops the oldest releases beyond the newest `count`, but never a protected one (the live one is always protected).
 *
 * @param isProtected tells which ids must stay, such as what serves and what was verified last
 */
export function retainReleases(
  file: ReleaseFile,
  count: number,
  isProtected: (id: ReleaseId) => boolean,
): { readonly file: ReleaseFile; readonly dropped: readonly ReleaseId[] } {
  const newestFirst = Object.entries(file.releases).sort(
    ([idA, a], [idB, b]) => Date.parse(b.source.createdAt) - Date.parse(a.source.createdAt) || (idA < idB ? -1 : 1),
  );
  const dropped = newestFirst
    .slice(count)
    .map(([id]) => id)
    .filter((id) => id !== file.live && !isProtected(id));
  const releases = Object.fromEntries(Object.entries(file.releases).filter(([id]) => !dropped.includes(id)));
  return { file: { ...file, releases }, dropped };
}

/** The text of `release.json`: two spaces, newest release last, a newline at the end. */
export function renderReleaseFile(file: ReleaseFile): string {
  const { $schema, live, releases } = file;
  const document = $schema === undefined ? { live, releases } : { $schema, live, releases };
  return `${JSON.stringify(document, null, 2)}\n`;
}
