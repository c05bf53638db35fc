import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createScheduler, type Scheduler } from '../batching/scheduler.ts';
import type { WorkerAssignment } from '../runtime/worker-protocol.ts';
import { moveToWorkers, startInWorkers, startOnMain, type Engine } from './engine.ts';
import type { LoadEnvironment } from './load-environment.ts';
import { sizeOnDisk, type ModelSource } from './model-folder.ts';
import { allowsBatching } from './placement.ts';
import type { ServedModel, ServingReport } from './served-model.ts';
import { keepOptimized, sessionFiles, sessionOptions } from '../runtime/session-options.ts';
import { ModelLoadError } from '../errors/model-load-error.ts';
import { resolveSignature, type Signature } from '../signature/signature.ts';
import type { SignatureFile } from '../signature/signature-file.ts';
import { batchObstacle } from '../runtime/warm-up.ts';

/** Models with larger files are loaded in a worker thread: before the server is ready, and after. */
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
    // A damaged cache must not stop a good model.
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
      // Ending the process while a thread loads the model would abort it.
      await engine.move;
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

// The schema library adds a tenth to the cold start: it is loaded only if there is a signature.json.
async function readSignatureFile(directory: string): Promise<SignatureFile> {
  const file = path.join(directory, 'signature.json');
  if (!existsSync(file)) return {};
  const { parseSignatureFile } = await import('../signature/signature-file.ts');
  return parseSignatureFile(readFileSync(file, 'utf8'), file);
}
