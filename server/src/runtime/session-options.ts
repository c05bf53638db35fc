import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import type { Configuration } from '../settings/configuration.ts';
import type { SessionOptions } from './session.ts';

/** The file that a session is loaded from, and the file for its optimised graph. */
export interface SessionFiles {
  readonly load: string;
  readonly isOptimized: boolean;
  /** The first session of a process writes the temporary file; it is renamed when complete. */
  readonly saveOptimized: { readonly temporary: string; readonly final: string } | undefined;
}

/** Finds the optimised graph of a model in the cache folder by the model's digest and the platform. */
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

/** Renames a new optimised graph to its final name; several processes may do so, with the same bytes. */
export function keepOptimized({ saveOptimized }: SessionFiles): void {
  if (saveOptimized !== undefined && existsSync(saveOptimized.temporary)) {
    renameSync(saveOptimized.temporary, saveOptimized.final);
  }
}

/** The options of the other sessions: only the first one writes the optimised graph. */
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
    // Errors of a run are in its response; ONNX Runtime must not also log them.
    logSeverityLevel: 4,
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
  };
}
