import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import path from 'node:path';
import { ModelLoadError } from '../errors/model-load-error.ts';
import type { SessionOptions } from './session.ts';

/** The file that a session is loaded from, and the file for its optimised graph. */
export interface SessionFiles {
  readonly load: string;
  readonly isOptimized: boolean;
  /** The first session of a process writes the temporary file; it is renamed when complete. */
  readonly saveOptimized: { readonly temporary: string; readonly final: string } | undefined;
}

/** What an optimised graph depends on besides the platform. */
export interface OptimizedGraphKey {
  /** Of all files of the model: its weights may be in other files, and become part of the optimised graph. */
  readonly modelDigest: string;
  readonly options: SessionOptions;
}

/** Finds the optimised graph of a model in the cache folder. @throws ModelLoadError when the folder can't be written */
export function sessionFiles(modelFile: string, cacheDirectory: string, key: OptimizedGraphKey): SessionFiles {
  try {
    mkdirSync(cacheDirectory, { recursive: true });
    accessSync(cacheDirectory, constants.W_OK);
  } catch (cause) {
    throw new ModelLoadError(
      `OPTIMIZED_MODEL_DIR ${cacheDirectory} cannot be written (${cause instanceof Error ? cause.message : String(cause)}). ` +
        'Name a folder that the user of the server may write, or leave the setting out.',
      { cause },
    );
  }
  const name = `${optimizedGraphKey(key)}-${process.platform}-${process.arch}.onnx`;
  const cached = path.join(cacheDirectory, name);
  return existsSync(cached)
    ? { load: cached, isOptimized: true, saveOptimized: undefined }
    : {
        load: modelFile,
        isOptimized: false,
        saveOptimized: { temporary: `${cached}.${process.pid}.tmp`, final: cached },
      };
}

/** The session files of a model without a cache. */
export function plainFiles(modelFile: string): SessionFiles {
  return { load: modelFile, isOptimized: false, saveOptimized: undefined };
}

/** 32 hex digits of everything that changes an optimised graph: ONNX Runtime lays it out for the processor's features. */
export function optimizedGraphKey(
  { modelDigest, options }: OptimizedGraphKey,
  runtime = { version: runtimeVersion(), processor: processorFeatures() },
): string {
  const content = JSON.stringify([modelDigest, options, runtime.version, runtime.processor]);
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}

function runtimeVersion(): string {
  const file = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  return /"version":\s*"([^"]+)"/.exec(readFileSync(file, 'utf8'))?.[1] ?? 'unknown';
}

function processorFeatures(): string {
  const model = cpus()[0]?.model ?? '';
  try {
    // x86 calls them flags, ARM features.
    return `${model} ${/^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? ''}`;
  } catch {
    return model;
  }
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
export function sessionOptions(threadsPerRun: number): SessionOptions {
  return {
    intraOpNumThreads: threadsPerRun,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Errors of a run are in its response; ONNX Runtime must not also log them.
    logSeverityLevel: 4,
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
  };
}

/** The options for the files: an optimised graph is not optimised again, and a new one is saved. */
export function optionsForFiles(options: SessionOptions, files: SessionFiles): SessionOptions {
  return {
    ...options,
    ...(files.isOptimized ? { graphOptimizationLevel: 'disabled' as const } : {}),
    ...(files.saveOptimized === undefined ? {} : { optimizedModelFilePath: files.saveOptimized.temporary }),
  };
}
