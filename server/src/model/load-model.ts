import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createBatchCheck, createCpuMeter, type BatchCheck, type BatchCheckResult } from '../batching/batch-check.ts';
import { createScheduler, type Scheduler } from '../batching/scheduler.ts';
import type { WorkerAssignment } from '../runtime/worker-protocol.ts';
import { moveToWorkers, startInWorkers, startOnMain, type Engine, type EngineStart } from './engine.ts';
import type { LoadEnvironment } from './load-environment.ts';
import { checkModelFiles } from './check-model-files.ts';
import { estimateBytes, planMemory } from './memory-plan.ts';
import { readModelManifest } from './model-manifest.ts';
import type { ModelSource } from './model-folder.ts';
import { allowsBatching } from './placement.ts';
import type { ServedModel, ServingReport } from './served-model.ts';
import {
  keepOptimized,
  optionsForFiles,
  plainFiles,
  sessionFiles,
  sessionOptions,
} from '../runtime/session-options.ts';
import type { SessionFiles } from '../runtime/session-options.ts';
import { ModelLoadError } from '../errors/model-load-error.ts';
import { resolveSignature, type Signature } from '../signature/signature.ts';
import type { SignatureFile } from '../signature/signature-file.ts';
import { batchObstacle } from '../runtime/warm-up.ts';

/** Models with larger files are loaded in a worker thread: before the server is ready, and after. */
const loadOnMainBytes = 16 * 1024 * 1024;
const loadOnMainWhileServingBytes = 1024 * 1024;

/** Loads, warms up and places a model. @throws ModelLoadError with the reason */
export async function loadModel(source: ModelSource, environment: LoadEnvironment): Promise<ServedModel> {
  const { configuration, now, logger } = environment;
  const started = now();
  const file = path.join(source.directory, 'model.onnx');
  if (!existsSync(file)) throw new ModelLoadError(`cannot load model "${source.name}": ${file} does not exist`);
  checkModelFiles(file);
  const signatureFile = await readSignatureFile(source.directory);
  const manifest = await readModelManifest(source.directory);
  const plan = planMemory(manifest.bytes, environment);
  if (plan.reason !== undefined) logger('info', `memory limits the model: ${plan.reason}`, { model: source.name });
  const options = sessionOptions(plan.threadsPerRun);
  const cache = configuration.optimizedModelDirectory;
  const files =
    cache === undefined ? plainFiles(file) : sessionFiles(file, cache, { modelDigest: manifest.digest, options });
  const assign = (session: SessionFiles): WorkerAssignment => ({
    signatureFile,
    tolerance: configuration.batchTolerance,
    prove: configuration.batching === 'auto' && configuration.maxBatchRows !== 1,
    warm: true,
    modelFile: file,
    file: session.load,
    options: optionsForFiles(options, session),
  });
  const isHeavy =
    manifest.bytes > (environment.isServing() ? loadOnMainWhileServingBytes : loadOnMainBytes) ||
    configuration.placement === 'workers';
  const startEngine = isHeavy ? startInWorkers : startOnMain;
  let start: EngineStart = { assignment: assign(files), plan, environment };
  let engine: Engine;
  try {
    engine = await startEngine(start);
  } catch (error) {
    if (!files.isOptimized) throw error;
    // A damaged cache must not stop a good model.
    logger('warn', 'the optimised graph cannot be loaded; loading the model itself', { file: files.load });
    start = { ...start, assignment: assign(plainFiles(file)) };
    engine = await startEngine(start);
  }
  keepOptimized(files);
  const signature = await resolveOrClose(engine, signatureFile);
  let isBatched = allowsBatching(engine.report, configuration) && batchObstacle(engine.model) === undefined;
  let disagreement: string | undefined;
  const check = createCheck(environment, ({ agrees, rows, difference }) => {
    environment.onBatchCheck(source.name, agrees);
    if (agrees) return;
    isBatched = false;
    disagreement = `a batch of ${rows} rows did not agree with the same rows run alone: they differ by ${difference}`;
    scheduler.stopBatching();
    logger('error', 'batching is switched off: rows run together and alone did not agree', {
      model: source.name,
      rows,
      difference: String(difference),
      tolerance: configuration.batchTolerance,
    });
  });
  const scheduler = createModelScheduler(source.name, engine, environment, check);
  engine.onTooSlow = () => moveToWorkers(source.name, engine, scheduler, start);
  const loadMilliseconds = now() - started;
  return {
    name: source.name,
    version: signatureFile.version ?? '1',
    digest: manifest.digest,
    signature,
    get isBatched() {
      return isBatched;
    },
    scheduler,
    get memoryBytes() {
      return estimateBytes(manifest.bytes, engine.workerThreads);
    },
    report: (): ServingReport => ({
      placement: engine.workerThreads === 0 ? 'inline' : 'workers',
      workerThreads: engine.workerThreads,
      threadsPerRun: plan.threadsPerRun,
      memoryBytes: estimateBytes(manifest.bytes, engine.workerThreads),
      memoryReason: plan.reason,
      maxBatchRows: isBatched ? engine.maxBatchRows : 1,
      warmUp: disagreement === undefined ? engine.report : refuted(engine.report, disagreement),
      loadMilliseconds,
    }),
    close: async () => {
      await scheduler.idle();
      // Ending the process while a thread loads the model, or runs it, would abort it.
      await engine.move;
      await engine.runner.close();
    },
  };
}

function refuted(report: Engine['report'], reason: string): Engine['report'] {
  return { ...report, batch: { kind: 'refused', reason } };
}

function createCheck(
  { configuration, processors, now }: LoadEnvironment,
  onChecked: (result: BatchCheckResult) => void,
): BatchCheck | undefined {
  if (!configuration.checkBatches) return undefined;
  return createBatchCheck({
    tolerance: configuration.batchTolerance,
    now,
    cpuShare: createCpuMeter(processors, now),
    defer: setImmediate,
    onChecked,
  });
}

async function resolveOrClose(engine: Engine, file: SignatureFile): Promise<Signature> {
  try {
    return resolveSignature(engine.model, file);
  } catch (error) {
    await engine.runner.close();
    throw error;
  }
}

function createModelScheduler(
  name: string,
  engine: Engine,
  environment: LoadEnvironment,
  check: BatchCheck | undefined,
): Scheduler {
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
    check,
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
