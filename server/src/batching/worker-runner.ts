import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Runner, RunResult } from './scheduler.ts';
import { prepareTransfer, type FromWorker, type ToWorker, type WorkerAssignment } from './worker-protocol.ts';
import { ModelLoadError, type ModelInterface } from '../model/session.ts';
import type { Tensor } from '../model/tensor.ts';
import type { WarmUpReport } from '../model/warm-up.ts';

/** A worker thread with a loaded model. */
export interface InferenceWorker {
  readonly model: ModelInterface;
  readonly report: WarmUpReport;
  readonly run: (inputs: readonly Tensor[], done: (result: RunResult) => void) => void;
  /** Lets the run under way end, frees the session and ends the thread. */
  readonly close: () => Promise<void>;
  readonly onExit: (listener: () => void) => void;
}

/** Starts a worker thread and waits until its model is warm. @throws ModelLoadError */
export async function startWorker(entry: string, assignment: WorkerAssignment): Promise<InferenceWorker> {
  const worker = new Worker(entry, { workerData: assignment });
  const exited = once(worker, 'exit');
  const [first] = (await Promise.race([
    once(worker, 'message'),
    exited.then(() => {
      throw new ModelLoadError(`the worker thread for ${assignment.file} ended before its model was loaded`);
    }),
  ])) as [FromWorker];
  if (first.kind !== 'ready') {
    await exited;
    throw new ModelLoadError(first.kind === 'refused' ? first.message : `unexpected message "${first.kind}"`);
  }
  const pending = new Map<number, (result: RunResult) => void>();
  let lastId = 0;
  worker.on('message', (message: FromWorker) => {
    if (message.kind !== 'outputs' && message.kind !== 'error') return;
    const done = pending.get(message.id);
    pending.delete(message.id);
    done?.(
      message.kind === 'outputs'
        ? { kind: 'outputs', outputs: message.outputs, runMilliseconds: message.runMilliseconds }
        : { kind: 'error', error: new Error(message.message) },
    );
  });
  const failPending = (error: Error): void => {
    for (const [id, done] of [...pending]) {
      pending.delete(id);
      done({ kind: 'error', error });
    }
  };
  worker.on('error', failPending);
  worker.on('exit', () => failPending(new Error('the worker thread ended')));
  const post = (message: ToWorker, transfer: ArrayBuffer[] = []): void => worker.postMessage(message, transfer);
  return {
    model: first.model,
    report: first.report,
    run: (inputs, done) => {
      const id = ++lastId;
      pending.set(id, done);
      const { tensors, buffers } = prepareTransfer(inputs);
      post({ kind: 'run', id, inputs: tensors }, buffers);
    },
    close: async () => {
      post({ kind: 'close' });
      await exited;
    },
    onExit: (listener) => {
      worker.on('exit', listener);
    },
  };
}

/** Spreads runs over worker threads, one run in each at a time. */
export function createWorkerRunner(workers: readonly InferenceWorker[]): Runner {
  const free = [...workers];
  return {
    slots: workers.length,
    run: (inputs, done) => {
      const worker = free.pop();
      if (worker === undefined) {
        done({ kind: 'error', error: new Error('no worker thread is free') });
        return;
      }
      worker.run(inputs, (result) => {
        free.push(worker);
        done(result);
      });
    },
    close: async () => {
      await Promise.all(workers.map(async (worker) => await worker.close()));
    },
  };
}
