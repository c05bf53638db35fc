import { existsSync } from 'node:fs';
import path from 'node:path';
import { Problem } from '../errors/problem.ts';
import type { ModelSource } from './model-folder.ts';
import type { ServedModel } from './served-model.ts';
import { ModelLoadError } from '../errors/model-load-error.ts';

/** A model that can be served; `model` is undefined while it is not in memory. */
export interface RegisteredModel extends ModelSource {
  readonly model: ServedModel | undefined;
}

/** The models of a server by name. */
export interface ModelRegistry {
  /** The model for requests that name none; undefined if there is none or more than one. */
  readonly defaultModel: () => ServedModel | undefined;
  readonly list: () => readonly RegisteredModel[];
  /** A model by name; loads it if it is not in memory. @throws Problem 404 */
  readonly acquire: (name: string) => ServedModel | Promise<ServedModel>;
  /** Loads a model under a new name. @throws Problem 409, 507, 404 or 400 */
  readonly load: (source: ModelSource) => Promise<ServedModel>;
  /** Removes a model, and frees it after its last response. @throws Problem 404 */
  readonly unload: (name: string) => Promise<void>;
  readonly closeAll: () => Promise<void>;
}

export interface RegistryOptions {
  readonly load: (source: ModelSource) => Promise<ServedModel>;
  /** Bytes that a model will take, before it is loaded. */
  readonly estimate: (source: ModelSource) => Promise<number>;
  readonly memoryBytes: number;
  /** If memory is short: unload the least recently used models, or refuse and let SageMaker choose. */
  readonly whenFull: 'unload-least-recent' | 'refuse';
  /** Epoch or monotonic; only its order counts. */
  readonly now: () => number;
}

interface Entry {
  readonly source: ModelSource;
  model: ServedModel | undefined;
  loading: Promise<ServedModel> | undefined;
  /** Estimated bytes while it is loading. */
  reservedBytes: number;
  lastUsed: number;
}

/** Makes a registry of the given models, none of them loaded. */
export function createModelRegistry(known: readonly ModelSource[], options: RegistryOptions): ModelRegistry {
  const entries = new Map<string, Entry>();
  const register = (source: ModelSource): Entry => {
    const entry: Entry = { source, model: undefined, loading: undefined, reservedBytes: 0, lastUsed: 0 };
    entries.set(source.name, entry);
    return entry;
  };
  for (const source of known) register(source);
  let only: ServedModel | undefined;

  const usedBytes = (): number =>
    [...entries.values()].reduce((sum, { model, reservedBytes }) => sum + (model?.memoryBytes ?? reservedBytes), 0);

  /** Reserves the memory of a model that is about to load; it counts until the model is there, or has failed. */
  const reserve = async (entry: Entry): Promise<void> => {
    const bytes = await options.estimate(entry.source);
    const { name } = entry.source;
    while (usedBytes() + bytes > options.memoryBytes) {
      const idle = [...entries.values()].filter(({ model }) => model !== undefined);
      const oldest = idle.sort((a, b) => a.lastUsed - b.lastUsed)[0];
      if (oldest === undefined || options.whenFull === 'refuse') {
        const mebibytes = (count: number): string => `${Math.ceil(count / 1024 / 1024)} MiB`;
        throw new Problem(
          507,
          `model "${name}" needs ${mebibytes(bytes)}, but ${mebibytes(usedBytes())} of ${mebibytes(options.memoryBytes)} are in use`,
        );
      }
      await release(oldest);
    }
    entry.reservedBytes = bytes;
  };

  const release = async (entry: Entry): Promise<void> => {
    const { model } = entry;
    entry.model = undefined;
    refreshDefault();
    await model?.close();
  };

  const refreshDefault = (): void => {
    const [first, second] = entries.values();
    only = second === undefined ? first?.model : undefined;
  };

  const bring = async (entry: Entry): Promise<ServedModel> => {
    entry.loading ??= (async () => {
      try {
        await reserve(entry);
        entry.model = await options.load(entry.source);
        entry.lastUsed = options.now();
        refreshDefault();
        return entry.model;
      } finally {
        entry.loading = undefined;
        entry.reservedBytes = 0;
      }
    })();
    return await entry.loading;
  };

  const find = (name: string): Entry => {
    const entry = entries.get(name) ?? entries.get(name.replace(/^\/+/, '').replace(/\.tar\.gz$/, ''));
    if (entry !== undefined) return entry;
    const names = [...entries.keys()].slice(0, 20).map((known) => `"${known}"`);
    throw new Problem(404, `there is no model "${name.slice(0, 100)}"; loaded are: ${names.join(', ') || 'none'}`);
  };

  return {
    defaultModel: () => only,
    list: () => [...entries.values()].map(({ source, model }) => ({ ...source, model })),
    acquire: (name) => {
      const entry = find(name);
      if (entry.model === undefined) return bring(entry);
      entry.lastUsed = options.now();
      return entry.model;
    },
    load: async (source) => {
      if (entries.has(source.name)) throw new Problem(409, `model "${source.name}" is loaded already`);
      if (!existsSync(path.join(source.directory, 'model.onnx'))) {
        throw new Problem(404, `model "${source.name}": there is no model.onnx in ${source.directory}`);
      }
      const entry = register(source);
      try {
        return await bring(entry);
      } catch (error) {
        entries.delete(source.name);
        refreshDefault();
        if (error instanceof ModelLoadError) throw new Problem(400, error.message, { cause: error });
        throw error;
      }
    },
    unload: async (name) => {
      const entry = find(name);
      await entry.loading;
      entries.delete(entry.source.name);
      await release(entry);
    },
    closeAll: async () => {
      await Promise.all([...entries.values()].map(async (entry) => await release(entry)));
    },
  };
}
