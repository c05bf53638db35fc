import { once } from 'node:events';
import { totalmem } from 'node:os';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Runner, RunResult } from '../batching/job.ts';
import {
  receiveTensors,
  sendTensors,
  type FromWorker,
  type ToWorker,
  type Transferred,
  type WorkerAssignment,
  type WorkerStart,
} from './worker-protocol.ts';
import { stepByTurns } from '../codecs/steps.ts';
import { Problem } from '../errors/problem.ts';
import { ModelLoadError } from '../errors/model-load-error.ts';
import type { ModelInterface } from '../signature/model-interface.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { WarmUpReport } from './warm-up.ts';

/** A worker thread with a loaded model. */
export interface InferenceWorker {
  readonly model: ModelInterface;
  readonly report: WarmUpReport;
  readonly run: (inputs: readonly Tensor[], done: (result: RunResult) => void) => void;
  /** Waits for the runs under way, frees the session and ends the thread. */
  readonly close: () => Promise<void>;
  readonly onExit: (listener: () => void) => void;
}

/** Share of the main thread's heap for the texts of one run. They are copied there, and rendered. */
const textShare = 0.2;

/** A warm-up that goes on longer than it may. `ended` settles when the thread has ended, after its run. */
export class WarmUpTimeout extends Error {
  override readonly name = 'WarmUpTimeout';
  readonly ended: Promise<void>;

  constructor(message: string, ended: Promise<void>) {
    super(message);
    this.ended = ended;
  }
}

/** Most milliseconds of a warm-up, after the model is loaded. A run cannot be interrupted. */
const longestWarmUpMilliseconds = 20_000;

/**
 * Starts a worker thread and waits until its model is warm.
 * @throws ModelLoadError, and WarmUpTimeout if the warm-up takes too long: then the thread ends after its run
 */
export async function startWorker(
  entry: string,
  assignment: WorkerAssignment,
  warmUpMilliseconds = longestWarmUpMilliseconds,
): Promise<InferenceWorker> {
  const start: WorkerStart = { ...assignment, largestTextBytes: getHeapStatistics().heap_size_limit * textShare };
  // A thread that reaches its limit while ONNX Runtime makes texts aborts the process. So the limit is out of reach, and the
  // thread measures the texts itself.
  // This flag would apply to threads too, before their own limits; the heap of the main thread has its limit already.
  setFlagsFromString('--max-old-space-size=0');
  const resourceLimits = { maxOldGenerationSizeMb: Math.floor(totalmem() / 1024 / 1024) };
  const worker = new Worker(entry, { workerData: start, resourceLimits });
  const exited = once(worker, 'exit');
  const nextMessage = async (): Promise<FromWorker> => {
    const [message] = (await Promise.race([
      once(worker, 'message'),
      exited.then(() => {
        throw new ModelLoadError(`the worker thread for ${assignment.file} ended before its model was loaded`);
      }),
    ])) as [FromWorker];
    return message;
  };
  const loaded = await nextMessage();
  const first = loaded.kind === 'loaded' ? await within(warmUpMilliseconds, nextMessage()) : loaded;
  if (first === 'timeout') {
    worker.postMessage({ kind: 'close' } satisfies ToWorker);
    const text = `the warm-up took longer than ${warmUpMilliseconds / 1000} s: the model is served without it`;
    throw new WarmUpTimeout(
      text,
      exited.then(
        () => undefined,
        () => undefined,
      ),
    );
  }
  if (first.kind !== 'ready') {
    await exited;
    throw new ModelLoadError(first.kind === 'refused' ? first.message : `unexpected message "${first.kind}"`);
  }
  const pending = new Map<number, (result: RunResult) => void>();
  let lastId = 0;
  let onIdle: (() => void) | undefined;
  const settle = (id: number, result: RunResult): void => {
    const done = pending.get(id);
    pending.delete(id);
    done?.(result);
    if (pending.size === 0) onIdle?.();
  };
  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'error') settle(message.id, { kind: 'error', error: new Error(message.message) });
    if (message.kind !== 'outputs') return;
    const { id, runMilliseconds } = message;
    stepByTurns(receiveTensors(message.outputs), (outputs) => {
      settle(id, { kind: 'outputs', outputs, runMilliseconds });
    });
  });
  const failPending = (error: Error): void => {
    for (const id of [...pending.keys()]) settle(id, { kind: 'error', error });
  };
  worker.on('error', failPending);
  worker.on('exit', () => failPending(new Problem(503, 'the worker thread of this run ended')));
  const post = (message: ToWorker, transfer: Transferred = []): void => worker.postMessage(message, transfer);
  return {
    model: first.model,
    report: first.report,
    run: (inputs, done) => {
      const id = ++lastId;
      pending.set(id, done);
      stepByTurns(sendTensors(inputs), ({ sent, transfer }) => post({ kind: 'run', id, inputs: sent }, transfer));
    },
    close: async () => {
      if (pending.size > 0) await new Promise<void>((resolve) => (onIdle = resolve));
      post({ kind: 'close' });
      await exited;
    },
    onExit: (listener) => {
      worker.on('exit', listener);
    },
  };
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | 'timeout'> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), milliseconds);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

export interface WorkerRunnerOptions {
  /** Runs that a thread gets in advance while it is busy. */
  readonly runsAhead: number;
  /** Starts a thread to replace one that ended unexpectedly. */
  readonly replace: () => Promise<InferenceWorker>;
}

/** Spreads runs over worker threads: each run goes to the thread with the fewest. */
export function createWorkerRunner(workers: readonly InferenceWorker[], options: WorkerRunnerOptions): Runner {
  const underWay = new Map<InferenceWorker, number>();
  let isClosing = false;
  const add = (worker: InferenceWorker): void => {
    underWay.set(worker, 0);
    worker.onExit(() => {
      underWay.delete(worker);
      if (isClosing) return;
      options.replace().then(
        async (replacement) => {
          if (isClosing) await replacement.close();
          else add(replacement);
        },
        // With no thread left every run gives 503.
        () => undefined,
      );
    });
  };
  for (const worker of workers) add(worker);
  return {
    slots: workers.length * (1 + options.runsAhead),
    run: (inputs, done) => {
      let chosen: InferenceWorker | undefined;
      let least = Infinity;
      for (const [worker, count] of underWay) {
        if (count >= least) continue;
        chosen = worker;
        least = count;
      }
      if (chosen === undefined) {
        done({ kind: 'error', error: new Problem(503, 'no worker thread is left to run the model') });
        return;
      }
      const worker = chosen;
      underWay.set(worker, least + 1);
      worker.run(inputs, (result) => {
        const count = underWay.get(worker);
        if (count !== undefined) underWay.set(worker, count - 1);
        done(result);
      });
    },
    close: async () => {
      isClosing = true;
      await Promise.all([...underWay.keys()].map(async (worker) => await worker.close()));
    },
  };
}
