import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import type { Configuration } from '../settings/configuration.ts';
import type { SessionOptions } from './session.ts';

/** Which file a session is loaded from, and where its optimised graph is to be kept. */
export interface SessionFiles {
  readonly load: string;
  readonly isOptimized: boolean;
  /** Written by the first session of a process, and moved to its place when complete. */
  readonly saveOptimized: { readonly temporary: string; readonly final: string } | undefined;
}

/** Looks for the optimised graph of a model in the cache folder, keyed on the model's bytes and the machine's kind. */
export function sessionFiles(modelFile: string, cacheDirectory: string | undefined): SessionFiles {
  if (cacheDirectory === undefined) return { load: modelFile, isOptimized: false, saveOptimized: undefined };
  mkdirSync(cacheDirectory, { recursive: true });
  const digest = createHash('sha256').update(readFileSync(modelFile)).digest('hex').slice(0, 32);
  const cached = path.join(cacheDirectory, `${digest}-${process.platform}-${process.arch}.onnx`);
  return existsSync(cached)
    ? { load: cached, isOptimized: true, saveOptimized: undefined }
    : {
        load: modelFile,
        isOptimized: false,
        saveOptimized: { temporary: `${cached}.${process.pid}.tmp`, final: cached },
      };
}

/** Puts a freshly written optimised graph in its place; several processes may do so, with the same bytes. */
export function keepOptimized({ saveOptimized }: SessionFiles): void {
  if (saveOptimized !== undefined && existsSync(saveOptimized.temporary)) {
    renameSync(saveOptimized.temporary, saveOptimized.final);
  }
}

/** The same options for further sessions, which must not write the file that the first one writes. */
export function withoutSaving(options: SessionOptions): SessionOptions {
  const rest = { ...options };
  delete rest.optimizedModelFilePath;
  return rest;
}

/**
 * Session options by measurement: one thread a run with as many worker threads as processors beats one run over all of
 * them; spinning would triple the CPU time of tree models. Values under `extra` must be strings.
 */
export function sessionOptions(
  configuration: Pick<Configuration, 'threadsPerRun'>,
  files: Pick<SessionFiles, 'isOptimized' | 'saveOptimized'>,
): SessionOptions {
  return {
    intraOpNumThreads: configuration.threadsPerRun === 'auto' ? 1 : configuration.threadsPerRun,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: files.isOptimized ? 'disabled' : 'all',
    ...(files.saveOptimized === undefined ? {} : { optimizedModelFilePath: files.saveOptimized.temporary }),
    // What a request makes the model say is answered to its caller, not written to our log.
    logSeverityLevel: 4,
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
  };
}
