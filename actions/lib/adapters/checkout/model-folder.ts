import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { describeError, UserError } from '../../domain/errors/user-error.ts';
import { isModelFile } from '../../domain/image/model-file.ts';
import type { ModelFile } from '../../domain/release/model-artifact.ts';

/**
 * The files of a model folder that belong to the model, sorted by their paths, with what identifies them.
 *
 * @throws UserError when there is no such folder, or it holds what is neither a file nor a folder.
 */
export async function readModelFolder(folder: string): Promise<readonly ModelFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new UserError({
      what: 'The model folder cannot be read',
      where: folder,
      expected: 'a folder that holds model.onnx',
      found: describeError(cause),
      remedy: 'Correct the input model-directory; it is relative to working-directory.',
    });
  });
  const files: ModelFile[] = [];
  for (const entry of entries) {
    const source = path.join(entry.parentPath, entry.name);
    const relative = path.relative(folder, source).split(path.sep).join('/');
    if (entry.isDirectory() || !isModelFile(relative)) continue;
    if (!entry.isFile()) {
      throw new UserError({
        what: 'The model folder holds something that is not a file',
        where: source,
        expected: 'regular files and folders',
        found: 'a symbolic link or a special file',
        remedy: 'Put the file itself there.',
      });
    }
    files.push({ path: relative, sha256: await hashFile(source), sizeBytes: (await stat(source)).size });
  }
  return files.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

/** Copies the files of a model into a new folder below another one; gives the folder. */
export async function copyModel(folder: string, files: readonly ModelFile[], parent: string): Promise<string> {
  const copy = await mkdtemp(path.join(parent, 'model-'));
  for (const file of files) {
    const target = path.join(copy, file.path);
    await mkdir(path.dirname(target), { recursive: true });
    await copyFile(path.join(folder, file.path), target);
  }
  return copy;
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
