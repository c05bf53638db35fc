import type { Configuration } from '../settings/configuration.ts';

/** How many sessions a model gets, and the memory that they take. */
export interface MemoryPlan {
  /** Worker threads, each with a session of its own, if the model does not run on the event loop. */
  readonly workerThreads: number;
  /** Threads inside one run: more than one where there are fewer sessions than processors. */
  readonly threadsPerRun: number;
  /** Bytes of all sessions, if the model runs in worker threads. */
  readonly bytes: number;
  /** The reason for fewer worker threads than processors, or undefined. */
  readonly reason: string | undefined;
}

export interface MemoryLimits {
  readonly configuration: Pick<Configuration, 'workerThreads' | 'threadsPerRun'>;
  readonly processors: number;
  /** Bytes for all loaded models. */
  readonly memoryBytes: number;
}

/** Copies of one model's weights take at most this much, unless WORKER_THREADS demands more. */
const mostCopiesBytes = 2 * 1024 ** 3;

/**
 * Memory of a model with a number of sessions. Measured with onnxruntime-node 1.30: each session holds its own copy of all
 * weights, also of external data, and its binding offers no way to share them; loading takes no more than that.
 */
export function estimateBytes(fileBytes: number, sessions: number): number {
  return fileBytes * Math.max(1, sessions);
}

/** Plans the sessions of a model before it is loaded: one for each processor, as far as their weights fit. */
export function planMemory(fileBytes: number, { configuration, processors, memoryBytes }: MemoryLimits): MemoryPlan {
  const { workerThreads: wanted } = configuration;
  const limit = Math.min(mostCopiesBytes, memoryBytes);
  const fitting = Math.max(1, Math.floor(limit / Math.max(1, fileBytes)));
  const workerThreads = wanted === 'auto' ? Math.min(processors, fitting) : wanted;
  const isReduced = wanted === 'auto' && workerThreads < processors;
  const share = isReduced ? Math.floor(processors / workerThreads) : 1;
  const mebibytes = (bytes: number): number => Math.round(bytes / 1024 ** 2);
  return {
    workerThreads,
    threadsPerRun: configuration.threadsPerRun === 'auto' ? share : configuration.threadsPerRun,
    bytes: estimateBytes(fileBytes, workerThreads),
    reason: isReduced
      ? `${workerThreads} instead of ${processors} worker threads, as each needs ${mebibytes(fileBytes)} MiB of ${mebibytes(limit)} MiB`
      : undefined,
  };
}
