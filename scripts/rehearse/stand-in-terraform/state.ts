import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Resource } from './resources.ts';

/** What was made, and how often that has changed. */
export interface State {
  readonly lineage: string;
  readonly serial: number;
  readonly resources: readonly Resource[];
}

/** The states of all environments, one file each. */
export interface StateStore {
  read(environment: string): Promise<State | undefined>;
  /** Replaces the state, as one more serial of it. */
  write(environment: string, before: State | undefined, resources: readonly Resource[]): Promise<void>;
}

/** A store in a folder, which stands for the state bucket. */
export function openStates(folder: string): StateStore {
  const fileOf = (environment: string): string => path.join(folder, `${environment}.tfstate.json`);
  return {
    read: async (environment) => {
      const text = await readFile(fileOf(environment), 'utf8').catch(() => undefined);
      return text === undefined ? undefined : (JSON.parse(text) as State);
    },
    write: async (environment, before, resources) => {
      const state: State = {
        lineage: before?.lineage ?? randomUUID(),
        serial: (before?.serial ?? 0) + 1,
        resources,
      };
      await mkdir(folder, { recursive: true });
      const next = `${fileOf(environment)}.${String(process.pid)}`;
      await writeFile(next, `${JSON.stringify(state, undefined, 2)}\n`);
      await rename(next, fileOf(environment));
    },
  };
}
