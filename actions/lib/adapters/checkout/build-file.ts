import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DEFAULT_BUILD, parseBuildFile, type BuildSettings } from '../../domain/image/build-file.ts';
import { isMissing } from './environment-folder.ts';

/**
 * What the `build.json` of a model folder says.
 *
 * @param folder the folder, relative to `root`
 * @throws UserError when the file is not valid.
 */
export async function readBuildFile(root: string, folder: string): Promise<BuildSettings> {
  const file = path.posix.join(folder, 'build.json');
  const text = await readFile(path.join(root, file), 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  return text === undefined ? DEFAULT_BUILD : parseBuildFile({ path: file, text });
}
