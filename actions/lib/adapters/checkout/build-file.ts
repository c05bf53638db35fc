import { posix } from 'node:path';
import { DEFAULT_BUILD, parseBuildFile, type BuildSettings } from '../../domain/image/build-file.ts';
import { readContentFile } from './content-file.ts';

/**
 * What the `build.json` of a model folder says.
 *
 * @param folder the folder, relative to `root`
 * @throws UserError when the file is not valid.
 */
export async function readBuildFile(root: string, folder: string): Promise<BuildSettings> {
  const file = await readContentFile(root, posix.join(folder, 'build.json'));
  return file === undefined ? DEFAULT_BUILD : parseBuildFile(file);
}
