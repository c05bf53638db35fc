import type { LockedPackage } from '../domain/image/npm-lock.ts';

/** What the sources say that an image is made of. */
export interface ImageContents {
  /** The server's npm packages; undefined where the sources have no lock file to tell. */
  readonly packages: readonly LockedPackage[] | undefined;
  /** The image below, as the Dockerfile or a build argument names it. */
  readonly baseImage: string | undefined;
}
