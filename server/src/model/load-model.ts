import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInlineRunner } from '../batching/inline-runner.ts';
import { createScheduler, type Runner, type Scheduler } from '../batching/scheduler.ts';
import { createWorkerRunner, startWorker, type InferenceWorker } from '../batching/worker-runner.ts';
import type { WorkerAssignment } from '../batching/worker-protocol.ts';
import type { Configuration } from '../configuration.ts';
import type { Logger } from '../logging.ts';
import { exampleInputs } from './example-inputs.ts';
import { sizeOnDisk, type ModelSource } from './model-folder.ts';
import { allowsBatching, decidePlacement } from './placement.ts';
import type { ServedModel, ServingReport } from './served-model.ts';
import { keepOptimized, sessionFiles, sessionOptions, withoutSaving } from './session-options.ts';
import { loadSession, ModelLoadError, type ModelInterface, type Session } from './session.ts';
import { resolveSignature, type Signature } from './signature.ts';
import type { SignatureFile } from './signature-file.ts';
import { batchObstacle, warmUp, type WarmUpReport } from './warm-up.ts';

/** What loading a model needs from the process around it. */
export interface LoadEnvironment {
  readonly configuration: Configuration;
  readonly processors: number;
  /** File of the worker thread's program. */
  readonly workerEntry: string;
  readonly logger: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Hears that a batch of answers is complete. */
  readonly onSettled: () => void;
  /** Hears of each run of a model. */
  readonly onRun: (
    model: string,
    run: { readonly jobs: number; readonly rows: number; readonly milliseconds: number },
  ) => void;
  /** True while the event loop serves others, so that it must not be blocked by loading. */
  readonly isServing: () => boolean;
}

/** A model whose files are larger than this is loaded in a worker thread from the start: before serving, and while. */
const loadOnMainBytes = 16 * 1024 * 1024;
const loadOnMainWhileServingBytes = 1024 * 1024;

/** Loads, warms up and places a model. @throws ModelLoadError with the reason */
export async function loadModel(source: ModelSource, environment: LoadEnvironment): Promise<ServedModel> {
  const { configuration, now } = environment;
  const started = now();
  const file = path.join(source.directory, 'model.onnx');
  if (!existsSync(file)) throw new ModelLoadError(`cannot load model "${source.name}": ${file} does not exist`);
  const signatureFile = await readSignatureFile(source.directory);
  const fileBytes = sizeOnDisk(source.directory);
  const files = sessionFiles(file, configuration.optimizedModelDirectory);
  const common = {
    signatureFile,
    tolerance: configuration.batchTolerance,
    prove: configuration.batching === 'auto' && configuration.maxBatchRows !== 1,
  };
  let assignment: WorkerAssignment = { ...common, file: files.load, options: sessionOptions(configuration, files) };
  const isHeavy =
    fileBytes > (environment.isServing() ? loadOnMainWhileServingBytes : loadOnMainBytes) ||
    configuration.placement === 'workers';
  const startEngine = isHeavy ? startInWorkers : startOnMain;
  let engine: Engine;
  try {
    engine = await startEngine(assignment, environment);
  } catch (error) {
    if (!files.isOptimized) throw error;
    // The cache is a convenience: what is wrong with it must not keep a good model from being served.
    environment.logger('warn', 'the optimised graph cannot be loaded; loading the model itself', { file: files.load });
    const plain = { isOptimized: false, saveOptimized: undefined };
    assignment = { ...common, file, options: sessionOptions(configuration, plain) };
    engine = await startEngine(assignment, environment);
  }
  keepOptimized(files);
  const signature = await resolveOrClose(engine, signatureFile);
  const scheduler = createModelScheduler(source.name, engine, environment);
  engine.onTooSlow = () => moveToWorkers(source.name, assignment, engine, scheduler, environment);
  const loadMilliseconds = now() - started;
  const isBatched = allowsBatching(engine.report, configuration) && batchObstacle(engine.model) === undefined;
  return {
    name: source.name,
    version: signatureFile.version ?? '1',
    signature,
    isBatched,
    scheduler,
    memoryBytes: fileBytes * Math.max(1, engine.workerThreads),
    report: (): ServingReport => ({
      placement: engine.workerThreads === 0 ? 'inline' : 'workers',
      workerThreads: engine.workerThreads,
      maxBatchRows: isBatched ? engine.maxBatchRows : 1,
      warmUp: engine.report,
      loadMilliseconds,
    }),
    close: async () => {
      await scheduler.idle();
      await engine.runner.close();
    },
  };
}

async function resolveOrClose(engine: Engine, file: SignatureFile): Promise<Signature> {
  try {
    return resolveSignature(engine.model, file);
  } catch (error) {
    await engine.runner.close();
    throw error;
  }
}

/** A loaded model and what runs it; the runner may be replaced once. */
interface Engine {
  readonly model: ModelInterface;
  readonly report: WarmUpReport;
  readonly maxBatchRows: number;
  workerThreads: number;
  runner: Runner;
  onTooSlow: () => void;
}

async function startOnMain(assignment: WorkerAssignment, environment: LoadEnvironment): Promise<Engine> {
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
  const slowMilliseconds = Math.max(5, 20 * environment.configuration.inlineLimitMilliseconds);
  let surplus = 0;
  let hasMoved = false;
  const watch = environment.configuration.placement === 'auto';
  const engine: Engine = {
    model: session,
    report,
    maxBatchRows,
    workerThreads: 0,
    runner: createInlineRunner(session, environment.now, (runMilliseconds) => {
      if (!watch || hasMoved) return;
      surplus = runMilliseconds < slowMilliseconds ? Math.max(0, surplus - 1) : surplus + 1;
      if (surplus < slowRunsToMove) return;
      hasMoved = true;
      engine.onTooSlow();
    }),
    onTooSlow: () => undefined,
  };
  return engine;
}

/** By so many must slow runs outnumber the others to show that warm-up's input was not typical; a busy machine makes some. */
const slowRunsToMove = 25;

/** An assignment for sessions after the first. */
function again(assignment: WorkerAssignment): WorkerAssignment {
  return { ...assignment, options: withoutSaving(assignment.options) };
}

async function startInWorkers(assignment: WorkerAssignment, environment: LoadEnvironment): Promise<Engine> {
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
    // Without batching nothing is gained by holding requests back, so that each thread has its next one at hand.
    runsAhead: maxBatchRows === 1 ? 1 : 0,
    replace: async () => {
      logger('error', 'a worker thread ended by itself and is replaced', { file: assignment.file });
      return await startWorker(workerEntry, { ...again(assignment), prove: false });
    },
  });
}

function moveToWorkers(
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
    // Inline runs are over before anything else happens, so nothing uses the old session any more.
    await inline.close();
  };
  move().catch((error: unknown) => {
    environment.logger('error', 'could not move the model to worker threads', { model: name, error: String(error) });
  });
}

function createModelScheduler(name: string, engine: Engine, environment: LoadEnvironment): Scheduler {
  const { configuration, now, onSettled } = environment;
  return createScheduler(engine.runner, {
    maxBatchRows: engine.maxBatchRows,
    maxBatchDelayMilliseconds: configuration.maxBatchDelayMilliseconds,
    maxQueuedJobs: configuration.maxQueuedRequests,
    now,
    defer: setImmediate,
    delay: (milliseconds, callback) => {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
    onSettled,
    onRun: (run) => environment.onRun(name, run),
  });
}

// The schema library is loaded only where there is something for it to check: it would add a tenth to the cold start.
async function readSignatureFile(directory: string): Promise<SignatureFile> {
  const file = path.join(directory, 'signature.json');
  if (!existsSync(file)) return {};
  const { parseSignatureFile } = await import('./signature-file.ts');
  return parseSignatureFile(readFileSync(file, 'utf8'), file);
}
