import { posix } from 'node:path';
import type { Environment } from './environment.ts';
import { parseEnvironmentFile } from './environment.ts';
import { parseReleaseFile, type ReleaseFile } from '../release/release.ts';

/** An environment's files as the base branch has them; what can't be read there says nothing. */
export interface BaseFiles {
  readonly environment: Environment | undefined;
  readonly release: ReleaseFile | undefined;
}

/** The files of an environment at the base commit. A file that was not valid there is as good as none. */
export function parseBaseFiles(
  name: string,
  texts: { environment?: string | undefined; release?: string | undefined },
): BaseFiles {
  const attempt = <Value>(text: string | undefined, parse: (text: string) => Value): Value | undefined => {
    if (text === undefined) return undefined;
    try {
      return parse(text);
    } catch {
      return undefined;
    }
  };
  const folder = environmentFolder(name);
  return {
    environment: attempt(texts.environment, (text) =>
      parseEnvironmentFile(name, { path: posix.join(folder, 'environment.json'), text }),
    ),
    release: attempt(texts.release, (text) => parseReleaseFile({ path: posix.join(folder, 'release.json'), text })),
  };
}

/** The folder of an environment, relative to the root of the repository. */
export function environmentFolder(name: string): string {
  return `environments/${name}`;
}
