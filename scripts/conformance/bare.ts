import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ConformanceCase } from './cases.ts';
import type { TensorValue } from './tensor.ts';

/** What onnxruntime-node alone makes of a case. */
export type BareResult =
  | {
      readonly kind: 'passed';
      readonly inputNames: readonly string[];
      readonly outputNames: readonly string[];
      /** By data set, then by output. */
      readonly answers: readonly (readonly TensorValue[])[];
    }
  | { readonly kind: 'failed'; readonly reason: string };

const caseTimeoutMilliseconds = 120_000;

/** Runs each case with onnxruntime-node alone, in a process that is replaced when a case kills it. */
export async function runBare(cases: readonly ConformanceCase[]): Promise<Map<string, BareResult>> {
  const results = new Map<string, BareResult>();
  let worker = startWorker();
  try {
    for (const conformanceCase of cases) {
      const result = await ask(worker, conformanceCase);
      results.set(conformanceCase.name, result);
      if (worker.exitCode !== null || worker.signalCode !== null || !worker.connected) worker = startWorker();
    }
  } finally {
    worker.kill('SIGKILL');
  }
  return results;
}

function startWorker(): ChildProcess {
  return fork(fileURLToPath(new URL('bare-worker.ts', import.meta.url)), {
    execArgv: ['--import', './scripts/typescript.js'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}

function ask(worker: ChildProcess, conformanceCase: ConformanceCase): Promise<BareResult> {
  return new Promise((resolve) => {
    const finish = (result: BareResult): void => {
      clearTimeout(timer);
      worker.off('message', onMessage);
      worker.off('exit', onExit);
      resolve(result);
    };
    const onMessage = (message: unknown): void => finish(message as BareResult);
    const onExit = (code: number | null, signal: string | null): void =>
      finish({ kind: 'failed', reason: `the process ended with ${signal ?? String(code)}` });
    const timer = setTimeout(() => {
      worker.kill('SIGKILL');
    }, caseTimeoutMilliseconds);
    worker.on('message', onMessage);
    worker.on('exit', onExit);
    worker.send(conformanceCase);
  });
}
