import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../batching/job.ts';
import { createWorkerRunner, startWorker, WarmUpTimeout, type InferenceWorker } from './worker-runner.ts';
import type { Tensor } from '../tensor/tensor.ts';

const row = (value: number): Tensor[] => [{ type: 'float32', shape: [1], data: Float32Array.of(value) }];

/** A worker whose runs the test ends. */
interface FakeWorker extends InferenceWorker {
  readonly runs: { readonly value: number; readonly done: (result: RunResult) => void }[];
  readonly die: () => void;
  isClosed: boolean;
}

function fakeWorker(): FakeWorker {
  const listeners: (() => void)[] = [];
  const worker: FakeWorker = {
    model: { inputs: [], outputs: [] },
    report: {
      inputs: 'synthetic',
      oneRowMilliseconds: 1,
      oneRowElements: 1,
      timeDependsOnContent: false,
      batchedRowMilliseconds: 1,
      batch: { kind: 'refused', reason: 'a test' },
    },
    runs: [],
    isClosed: false,
    run: ([tensor], done) => {
      worker.runs.push({ value: Number(tensor?.data[0]), done });
    },
    close: async () => {
      worker.isClosed = true;
      await Promise.resolve();
    },
    onExit: (listener) => {
      listeners.push(listener);
    },
    die: () => {
      // startWorker fails the runs before its exit listeners are called.
      for (const { done } of worker.runs.splice(0)) done({ kind: 'error', error: new Error('ended') });
      for (const listener of listeners) listener();
    },
  };
  return worker;
}

const valuesOf = (workers: readonly FakeWorker[]): number[][] =>
  workers.map(({ runs }) => runs.map(({ value }) => value));
const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));
const ignore = (): void => undefined;

describe('a worker thread', () => {
  it('is given up if its warm-up takes too long, and ends after its run', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'slow-worker-'));
    const entry = path.join(folder, 'worker.mjs');
    // A thread that is loaded and never warm; it closes when it is told to.
    writeFileSync(
      entry,
      `import { parentPort } from 'node:worker_threads';
       parentPort.on('message', ({ kind }) => kind === 'close' && parentPort.close());
       parentPort.postMessage({ kind: 'loaded' });`,
    );
    const assignment = {
      file: 'model.onnx',
      modelFile: 'model.onnx',
      options: {},
      signatureFile: {},
      tolerance: 0,
      prove: true,
      warm: true,
    };
    try {
      const error: unknown = await startWorker(entry, assignment, 1).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(WarmUpTimeout);
      expect(String(error)).toContain('the warm-up took longer than 0.001 s');
      if (error instanceof WarmUpTimeout) await error.ended;
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('runs in worker threads', () => {
  it('go to the thread with the fewest runs', () => {
    const workers = [fakeWorker(), fakeWorker()];
    const runner = createWorkerRunner(workers, {
      runsAhead: 1,
      replace: async () => await Promise.resolve(fakeWorker()),
    });
    expect(runner.slots).toBe(4);
    for (const value of [1, 2, 3]) runner.run(row(value), ignore);
    expect(valuesOf(workers)).toEqual([[1, 3], [2]]);
    workers[0]?.runs.splice(0).forEach(({ done }) => done({ kind: 'outputs', outputs: [], runMilliseconds: 1 }));
    for (const value of [4, 5]) runner.run(row(value), ignore);
    expect(valuesOf(workers)).toEqual([[4, 5], [2]]);
  });

  it('continue in a replacement if a thread ends; only its own runs fail', async () => {
    const [first, second, replacement] = [fakeWorker(), fakeWorker(), fakeWorker()];
    const runner = createWorkerRunner([first, second], {
      runsAhead: 0,
      replace: async () => await Promise.resolve(replacement),
    });
    const results: string[] = [];
    for (const value of [1, 2]) runner.run(row(value), ({ kind }) => results.push(`${value} ${kind}`));
    first.die();
    expect(results).toEqual(['1 error']);
    runner.run(row(3), ignore);
    expect(valuesOf([first, second, replacement])).toEqual([[], [2, 3], []]);
    await settled();
    runner.run(row(4), ignore);
    expect(valuesOf([second, replacement])).toEqual([[2, 3], [4]]);
    await runner.close();
    expect([second.isClosed, replacement.isClosed]).toEqual([true, true]);
  });

  it('fail with 503 if no thread is left, and threads are not replaced while closing', async () => {
    const only = fakeWorker();
    let replaced = 0;
    const runner = createWorkerRunner([only], {
      runsAhead: 0,
      replace: async () => {
        replaced++;
        return await Promise.reject(new Error('no memory'));
      },
    });
    only.die();
    await settled();
    const results: RunResult[] = [];
    runner.run(row(1), (result) => results.push(result));
    expect(results).toMatchObject([{ kind: 'error', error: { status: 503 } }]);
    const other = fakeWorker();
    const closing = createWorkerRunner([other], {
      runsAhead: 0,
      replace: async () => await Promise.reject(new Error()),
    });
    await closing.close();
    other.die();
    expect(replaced).toBe(1);
  });

  it('close a replacement that starts after closing', async () => {
    const [only, replacement] = [fakeWorker(), fakeWorker()];
    const runner = createWorkerRunner([only], {
      runsAhead: 0,
      replace: async () => await Promise.resolve(replacement),
    });
    only.die();
    await runner.close();
    await settled();
    expect(replacement.isClosed).toBe(true);
  });
});
