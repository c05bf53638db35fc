import { cp, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { zipSync } from 'fflate';

/** The artifacts of all runs, kept as folders. */
export interface ArtifactStore {
  /** @throws Error when the run has one of that name that is not to be replaced. */
  upload(runId: string, name: string, source: string, mode?: 'new' | 'overwrite'): Promise<void>;
  list(runId: string): Promise<readonly string[]>;
  download(runId: string, name: string, target: string): Promise<void>;
  /** The files of an artifact as a zip archive. */
  archive(runId: string, name: string): Promise<Uint8Array>;
}

/** A store below a folder. */
export function createArtifactStore(root: string): ArtifactStore {
  const folderOf = (runId: string, name: string): string => path.join(root, runId, encodeURIComponent(name));
  const list = async (runId: string): Promise<readonly string[]> =>
    (await readdir(path.join(root, runId)).catch(() => [])).map(decodeURIComponent).sort();
  return {
    upload: async (runId, name, source, mode = 'new') => {
      if (mode === 'overwrite') await rm(folderOf(runId, name), { recursive: true, force: true });
      else if ((await list(runId)).includes(name)) {
        throw new Error(`an artifact with this name already exists on the workflow run: ${name}`);
      }
      const folder = folderOf(runId, name);
      await mkdir(folder, { recursive: true });
      const isFolder = (await stat(source)).isDirectory();
      await cp(source, isFolder ? folder : path.join(folder, path.basename(source)), { recursive: true });
    },
    list,
    archive: async (runId, name) => {
      const folder = folderOf(runId, name);
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      const files = entries
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name: file }) => path.join(parentPath, file));
      const members = files.map(async (file) => [path.relative(folder, file), await readFile(file)] as const);
      return zipSync(Object.fromEntries(await Promise.all(members)));
    },
    download: async (runId, name, target) => {
      await mkdir(target, { recursive: true });
      await cp(folderOf(runId, name), target, { recursive: true });
    },
  };
}
