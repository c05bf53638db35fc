import { createInlineRunner, type InlineRunner } from '../runtime/inline-runner.ts';
import type { Runner } from '../batching/job.ts';
import type { Scheduler } from '../batching/scheduler.ts';
import { createWorkerRunner, startWorker, WarmUpTimeout, type InferenceWorker } from '../runtime/worker-runner.ts';
import type { WorkerAssignment } from '../runtime/worker-protocol.ts';
import { exampleInputs } from '../runtime/example-inputs.ts';
import type { LoadEnvironment } from './load-environment.ts';
import type { MemoryPlan } from './memory-plan.ts';
import { decidePlacement } from './placement.ts';
import { withoutSaving } from '../runtime/session-options.ts';
import type { ModelInterface } from '../signature/model-interface.ts';
import { loadSession, type Session } from '../runtime/session.ts';
import { createSlowRunWatch, longestInlineMilliseconds } from './slow-run-watch.ts';
import { elementCount, type Tensor } from '../tensor/tensor.ts';
import { warmUp, type WarmUpReport } from '../runtime/warm-up.ts';

/** A loaded model and its runner, which may be replaced once. */
export interface Engine {
  readonly model: ModelInterface;
  readonly report: WarmUpReport;
  readonly maxBatchRows: number;
  workerThreads: number;
  runner: Runner;
  /** The runner of the event loop, until a move to worker threads. */
  inline: InlineRunner | undefined;
  onTooSlow: () => void;
  /** Settles at the end of a move to worker threads, and of a thread that was given up; undefined if there is none. */
  move: Promise<void> | undefined;
}

/** How the sessions of a model are started. */
export interface EngineStart {
  readonly assignment: WorkerAssignment;
  readonly plan: MemoryPlan;
  readonly environment: LoadEnvironment;
}

/** Loads a model on the event loop's thread, and in worker threads if its warm-up may be or is slow. @throws ModelLoadError */
export async function startOnMain(start: EngineStart): Promise<Engine> {
  const { assignment, environment } = start;
  const { configuration } = environment;
  const session = loadSession(assignment.file, assignment.options, assignment.signatureFile.ignoredOutputs);
  const example = exampleInputs(session, assignment.signatureFile);
  const { readGraphFacts } = await import('../onnx/rows/graph-facts.ts');
  const served = session.outputs.map(({ name }) => name);
  const graph = readGraphFacts(assignment.modelFile, served);
  if (!isQuickToTry(session, example) || graph.timeDependsOnContent) {
    session.release();
    return await startInWorkers({ ...start, assignment: again(assignment) });
  }
  const report = warmUp(session, {
    ...assignment,
    example,
    graph,
    proveUpToMilliseconds: configuration.placement === 'auto' ? configuration.inlineLimitMilliseconds : Infinity,
    now: environment.now,
  });
  const placement = decidePlacement(report, configuration);
  if (placement.kind === 'workers') {
    session.release();
    return await startInWorkers({ ...start, assignment: again(assignment) });
  }
  return inlineEngine(session, report, placement.maxBatchRows, environment);
}

/** Most elements of inputs that are tried on the event loop's thread. */
const quickElements = 65_536;

/** True if the sizes of a trial follow from the model, and are small. */
function isQuickToTry({ inputs }: ModelInterface, example: readonly Tensor[] | undefined): boolean {
  if (example !== undefined) return example.reduce((sum, { data }) => sum + data.length, 0) <= quickElements;
  let elements = 0;
  for (const { shape } of inputs) {
    const [, ...rest] = shape;
    if (rest.some((size) => typeof size !== 'number')) return false;
    elements += elementCount(shape.map((size) => (typeof size === 'number' ? size : 1)));
  }
  return elements <= quickElements;
}

function inlineEngine(
  session: Session,
  report: WarmUpReport,
  maxBatchRows: number,
  environment: LoadEnvironment,
): Engine {
  const { placement, inlineLimitMilliseconds } = environment.configuration;
  const mayMove = placement === 'auto';
  const watch = createSlowRunWatch(inlineLimitMilliseconds, () => engine.onTooSlow());
  const mostElements = elementsOfLongestRun(report);
  let isMoving = false;
  const inline = createInlineRunner(session, {
    now: environment.now,
    onRun: mayMove ? watch : () => undefined,
    beforeRun: (inputs) => {
      if (!mayMove || isMoving || countElements(inputs) <= mostElements) return;
      isMoving = true;
      engine.onTooSlow();
    },
  });
  const engine: Engine = {
    model: session,
    report,
    maxBatchRows,
    workerThreads: 0,
    runner: inline,
    inline,
    onTooSlow: () => undefined,
    move: undefined,
  };
  return engine;
}

function countElements(inputs: readonly Tensor[]): number {
  let elements = 0;
  for (const { data } of inputs) elements += data.length;
  return elements;
}

/** Inputs with more elements take too long for the event loop, by the time of one row. */
function elementsOfLongestRun({ oneRowMilliseconds, oneRowElements }: WarmUpReport): number {
  if (oneRowMilliseconds === undefined || oneRowMilliseconds === 0) return Infinity;
  return (longestInlineMilliseconds / oneRowMilliseconds) * Math.max(1, oneRowElements);
}

/** An assignment for sessions after the first. */
function again(assignment: WorkerAssignment): WorkerAssignment {
  return { ...assignment, options: withoutSaving(assignment.options) };
}

/** Loads a model in a worker thread, and on the event loop's thread if its warm-up is fast. @throws ModelLoadError */
export async function startInWorkers(start: EngineStart): Promise<Engine> {
  const { environment } = start;
  const { first, assignment, givenUp } = await startFirst(start);
  const placement = decidePlacement(first.report, environment.configuration);
  if (placement.kind === 'inline') {
    await first.close();
    const { file, options, signatureFile } = again(assignment);
    const session = loadSession(file, options, signatureFile.ignoredOutputs);
    return inlineEngine(session, first.report, placement.maxBatchRows, environment);
  }
  const rest = { ...start, assignment };
  const workers = await startMoreWorkers(first, rest);
  return {
    model: first.model,
    report: first.report,
    maxBatchRows: placement.maxBatchRows,
    workerThreads: workers.length,
    runner: workerRunner(workers, placement.maxBatchRows, rest),
    inline: undefined,
    onTooSlow: () => undefined,
    move: givenUp,
  };
}

interface FirstWorker {
  readonly first: InferenceWorker;
  /** For the further workers. */
  readonly assignment: WorkerAssignment;
  readonly givenUp: Promise<void> | undefined;
}

/** A thread whose warm-up takes too long is given up: it ends after its run, and others serve without a warm-up. */
async function startFirst({ assignment, environment }: EngineStart): Promise<FirstWorker> {
  const { workerEntry, logger } = environment;
  try {
    return { first: await startWorker(workerEntry, assignment), assignment, givenUp: undefined };
  } catch (error) {
    if (!(error instanceof WarmUpTimeout)) throw error;
    logger('warn', error.message, { file: assignment.file });
    const cold: WorkerAssignment = { ...again(assignment), warm: false };
    return { first: await startWorker(workerEntry, cold), assignment: cold, givenUp: error.ended };
  }
}

async function startMoreWorkers(
  first: InferenceWorker,
  { assignment, plan, environment }: EngineStart,
): Promise<InferenceWorker[]> {
  const further = { ...again(assignment), prove: false };
  const others = Array.from(
    { length: plan.workerThreads - 1 },
    async () => await startWorker(environment.workerEntry, further),
  );
  return [first, ...(await Promise.all(others))];
}

function workerRunner(
  workers: readonly InferenceWorker[],
  maxBatchRows: number,
  { assignment, environment: { logger, workerEntry } }: EngineStart,
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

/** Moves a model with slow runs to worker threads; from now on its runs wait for them, and the event loop is free. */
export function moveToWorkers(name: string, engine: Engine, scheduler: Scheduler, start: EngineStart): void {
  const { inline } = engine;
  if (inline === undefined || engine.move !== undefined) return;
  const { environment } = start;
  environment.logger('warn', 'runs take longer than at warm-up: moving the model to worker threads', { model: name });
  inline.hold();
  const move = async (): Promise<void> => {
    const cold = { ...start, assignment: { ...again(start.assignment), warm: false } };
    const first = await startWorker(environment.workerEntry, cold.assignment);
    const workers = await startMoreWorkers(first, cold);
    engine.runner = workerRunner(workers, engine.maxBatchRows, cold);
    engine.workerThreads = workers.length;
    engine.inline = undefined;
    scheduler.replaceRunner(engine.runner);
    inline.handOver(engine.runner);
    // An inline run blocks this thread: none is in progress here.
    await inline.close();
  };
  engine.move = move().catch((error: unknown) => {
    environment.logger('error', 'could not move the model to worker threads', { model: name, error: String(error) });
    inline.handOver(undefined);
  });
}
