import { createInlineRunner } from '../runtime/inline-runner.ts';
import type { Runner } from '../batching/job.ts';
import type { Scheduler } from '../batching/scheduler.ts';
import { createWorkerRunner, startWorker, type InferenceWorker } from '../runtime/worker-runner.ts';
import type { WorkerAssignment } from '../runtime/worker-protocol.ts';
import { exampleInputs } from '../runtime/example-inputs.ts';
import type { LoadEnvironment } from './load-environment.ts';
import { decidePlacement } from './placement.ts';
import { withoutSaving } from '../runtime/session-options.ts';
import type { ModelInterface } from '../signature/model-interface.ts';
import { loadSession, type Session } from '../runtime/session.ts';
import { createSlowRunWatch } from './slow-run-watch.ts';
import { warmUp, type WarmUpReport } from '../runtime/warm-up.ts';

/** A loaded model and its runner, which may be replaced once. */
export interface Engine {
  readonly model: ModelInterface;
  readonly report: WarmUpReport;
  readonly maxBatchRows: number;
  workerThreads: number;
  runner: Runner;
  onTooSlow: () => void;
  /** Settles at the end of a move to worker threads; undefined if there was none. */
  move: Promise<void> | undefined;
}

/** Loads a model on the event loop's thread, and moves it to worker threads if its warm-up is slow. @throws ModelLoadError */
export async function startOnMain(assignment: WorkerAssignment, environment: LoadEnvironment): Promise<Engine> {
  const session = loadSession(assignment.file, assignment.options, assignment.signatureFile.ignoredOutputs);
  const report = warmUp(session, {
    ...assignment,
    example: exampleInputs(session, assignment.signatureFile),
    proveUpToMilliseconds:
      environment.configuration.placement === 'auto' ? environment.configuration.inlineLimitMilliseconds : Infinity,
    now: environment.now,
  });
  const placement = decidePlacement(report, environment.configuration);
  if (placement.kind === 'workers') {
    session.release();
    return await startInWorkers(again(assignment), environment);
  }
  return inlineEngine(session, report, placement.maxBatchRows, environment);
}

function inlineEngine(
  session: Session,
  report: WarmUpReport,
  maxBatchRows: number,
  environment: LoadEnvironment,
): Engine {
  const { placement, inlineLimitMilliseconds } = environment.configuration;
  const watch = createSlowRunWatch(inlineLimitMilliseconds, () => engine.onTooSlow());
  const engine: Engine = {
    model: session,
    report,
    maxBatchRows,
    workerThreads: 0,
    runner: createInlineRunner(session, environment.now, placement === 'auto' ? watch : () => undefined),
    onTooSlow: () => undefined,
    move: undefined,
  };
  return engine;
}

/** An assignment for sessions after the first. */
function again(assignment: WorkerAssignment): WorkerAssignment {
  return { ...assignment, options: withoutSaving(assignment.options) };
}

/** Loads a model in a worker thread, and on the event loop's thread if its warm-up is fast. @throws ModelLoadError */
export async function startInWorkers(assignment: WorkerAssignment, environment: LoadEnvironment): Promise<Engine> {
  const { configuration, workerEntry } = environment;
  const first = await startWorker(workerEntry, assignment);
  const placement = decidePlacement(first.report, configuration);
  if (placement.kind === 'inline') {
    await first.close();
    const { file, options, signatureFile } = again(assignment);
    const session = loadSession(file, options, signatureFile.ignoredOutputs);
    return inlineEngine(session, first.report, placement.maxBatchRows, environment);
  }
  const workers = await startMoreWorkers(first, assignment, environment);
  return {
    model: first.model,
    report: first.report,
    maxBatchRows: placement.maxBatchRows,
    workerThreads: workers.length,
    runner: workerRunner(workers, placement.maxBatchRows, assignment, environment),
    onTooSlow: () => undefined,
    move: undefined,
  };
}

async function startMoreWorkers(
  first: InferenceWorker,
  assignment: WorkerAssignment,
  { configuration, processors, workerEntry }: LoadEnvironment,
): Promise<InferenceWorker[]> {
  const wanted = configuration.workerThreads === 'auto' ? processors : configuration.workerThreads;
  const further = { ...again(assignment), prove: false };
  const others = Array.from({ length: wanted - 1 }, async () => await startWorker(workerEntry, further));
  return [first, ...(await Promise.all(others))];
}

function workerRunner(
  workers: readonly InferenceWorker[],
  maxBatchRows: number,
  assignment: WorkerAssignment,
  { logger, workerEntry }: LoadEnvironment,
): Runner {
  return createWorkerRunner(workers, {
    // Without batching a waiting request gains nothing: each thread gets its next one in advance.
    runsAhead: maxBatchRows === 1 ? 1 : 0,
    replace: async () => {
      const { file } = assignment;
      logger('error', 'a worker thread ended by itself and is replaced', { file });
      try {
        return await startWorker(workerEntry, { ...again(assignment), prove: false });
      } catch (error) {
        logger('error', 'the worker thread could not be replaced', { file, error: String(error) });
        throw error;
      }
    },
  });
}

/** Moves a model with slow runs to worker threads; queued requests wait for them. */
export function moveToWorkers(
  name: string,
  assignment: WorkerAssignment,
  engine: Engine,
  scheduler: Scheduler,
  environment: LoadEnvironment,
): void {
  environment.logger('warn', 'runs take longer than at warm-up: moving the model to worker threads', { model: name });
  const move = async (): Promise<void> => {
    const first = await startWorker(environment.workerEntry, { ...again(assignment), prove: false });
    const workers = await startMoreWorkers(first, assignment, environment);
    const inline = engine.runner;
    engine.runner = workerRunner(workers, engine.maxBatchRows, assignment, environment);
    engine.workerThreads = workers.length;
    scheduler.replaceRunner(engine.runner);
    // An inline run blocks this thread: none is in progress here.
    await inline.close();
  };
  engine.move = move().catch((error: unknown) => {
    environment.logger('error', 'could not move the model to worker threads', { model: name, error: String(error) });
  });
}
