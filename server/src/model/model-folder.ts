import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { ModelLoadError } from '../errors/model-load-error.ts';

/** A model's folder and the name it is served under. */
export interface ModelSource {
  readonly name: string;
  readonly directory: string;
}

/** The models of a folder: the folder itself if it has a model.onnx, else each sub-folder that has one. @throws ModelLoadError if there is none */
export function findModels(directory: string, singleName: string): ModelSource[] {
  if (!existsSync(directory)) throw new ModelLoadError(`cannot load a model: MODEL_DIR ${directory} does not exist`);
  if (!statSync(directory).isDirectory())
    throw new ModelLoadError(`cannot load a model: MODEL_DIR ${directory} is a file; give the folder with model.onnx`);
  if (existsSync(path.join(directory, 'model.onnx'))) return [{ name: singleName, directory }];
  const found = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(path.join(directory, entry.name, 'model.onnx')))
    .map((entry) => ({ name: entry.name, directory: path.join(directory, entry.name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (found.length > 0) return found;
  throw new ModelLoadError(
    `cannot load a model: MODEL_DIR ${directory} has neither model.onnx nor a sub-folder with one`,
  );
}

/** The folder to serve of a repository's `server/models`: that of its only service, or the folder of all of them. */
export function modelsOfRepository(directory: string): string {
  if (!existsSync(directory)) return directory;
  const [only, ...others] = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return only === undefined || others.length > 0 ? directory : path.join(directory, only.name);
}
