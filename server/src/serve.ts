import type { AppContext, Lifecycle } from './app/context.ts';
import { readGauges } from './app/gauges.ts';
import { createMetrics, type MetricsSnapshot } from './telemetry/metrics.ts';
import { connectPrimary } from './cluster/primary-channel.ts';
import type { Configuration } from './settings/configuration.ts';
import { drainConnections } from './app/drain.ts';
import { renderEmbeddedMetrics } from './telemetry/embedded-metrics.ts';
import { createAcceptor, portGraceMilliseconds } from './http/acceptor.ts';
import { createResponseCoalescer } from './http/response-coalescer.ts';
import { createHttpServer, type RouterListener } from './app/http-server.ts';
import { createLogger } from './telemetry/logging.ts';
import type { LoadEnvironment } from './model/load-environment.ts';
import { loadModel } from './model/load-model.ts';
import { planMemory } from './model/memory-plan.ts';
import { modelBytes, readModelManifest } from './model/model-manifest.ts';
import { findModels } from './model/model-folder.ts';
import { availableMemoryBytes, countProcessors } from './model/processors.ts';
import { createModelRegistry, type ModelRegistry } from './model/registry.ts';
import type { ServedModel } from './model/served-model.ts';
import { ModelLoadError } from './errors/model-load-error.ts';
import { Problem } from './errors/problem.ts';

/** The options of a server. */
export interface ServeOptions {
  readonly configuration: Configuration;
  readonly modelDirectory: string;
  /** File of the worker thread's program. */
  readonly workerEntry: string;
  readonly write: (line: string) => void;
  /** True for one of several processes under a primary. */
  readonly sharesPort?: boolean;
}

/** A server that listens. */
export interface RunningServer {
  readonly port: number;
  /** Refuses new requests, completes those in flight, and resolves when all connections are closed and all models freed. */
  readonly drain: () => Promise<void>;
}

/** Share of the usable memory for models. */
const modelMemoryShare = 0.7;
/** Share of that for the copies of one model's weights, where there are several models. */
const shareOfOneModel = 0.25;
const embeddedMetricsMilliseconds = 60_000;

/** Listens, loads the models and warms them up; /ping answers 503 until that is done. @throws ModelLoadError */
export async function serve({
  configuration,
  modelDirectory,
  workerEntry,
  write,
  sharesPort = false,
}: ServeOptions): Promise<RunningServer> {
  const now = (): number => performance.now();
  const logger = createLogger(write, configuration.logLevel, Date.now);
  const lifecycle: Lifecycle = { phase: 'starting' };
  const identity = { releaseId: configuration.releaseId, modelDigest: undefined as string | undefined };
  const coalescer = createResponseCoalescer(setImmediate);
  const metrics = createMetrics();
  const processors = configuration.processors === 'auto' ? countProcessors() : configuration.processors;
  const memoryBytes =
    configuration.modelMemoryMebibytes === 'auto'
      ? (availableMemoryBytes() * modelMemoryShare) / countProcesses(configuration, processors, sharesPort)
      : configuration.modelMemoryMebibytes * 1024 * 1024;
  const sources = configuration.multiModel ? [] : findModels(modelDirectory, configuration.modelName);
  const hasSeveral = configuration.multiModel || sources.length > 1;
  const environment: LoadEnvironment = {
    configuration,
    processors,
    copiesBytes: hasSeveral ? memoryBytes * shareOfOneModel : memoryBytes,
    workerEntry,
    logger,
    now,
    onSettled: coalescer.flush,
    onRun: metrics.run,
    onBatchCheck: metrics.batchCheck,
    isServing: () => lifecycle.phase === 'ready',
  };
  const models = createModelRegistry(sources, {
    load: async (source) => await loadModel(source, environment),
    estimate: async ({ directory }) => planMemory(await modelBytes(directory), environment).bytes,
    memoryBytes,
    whenFull: configuration.multiModel ? 'refuse' : 'unload-least-recent',
    now,
  });
  const ownMetrics = (): MetricsSnapshot => metrics.snapshot(readGauges(context));
  const context: AppContext = {
    configuration,
    policy: {
      maxBytes: Math.floor(configuration.maxBodyMebibytes * 1024 * 1024),
      defaultAccept: configuration.defaultAccept,
    },
    lifecycle,
    identity,
    logger,
    metrics,
    collectMetrics: async () => (await primary?.collect()) ?? [ownMetrics()],
    models,
    processors,
    now,
    nextRequestId: createRequestIds(),
  };
  const http = createHttpServer(async () => await loadRouter(context), context, coalescer);
  const primary = sharesPort ? connectPrimary(ownMetrics, http.take) : undefined;
  const acceptor = createAcceptor(http.take, now);
  // A single process listens at once: /ping returns 503 until the model is ready. One of several processes gets connections
  // when it is ready, because the others can serve them until then.
  const port = sharesPort ? configuration.port : await acceptor.listen(configuration.port, configuration.host);
  try {
    for (const { name, directory } of sources) {
      const model = await acquireAtStart(models, name, sources.length > 1);
      const { version, digest } = model;
      logger('info', 'model loaded', { model: name, version, digest, ...model.report() });
      // A release names the digest of the whole folder.
      if (directory === modelDirectory) identity.modelDigest = digest;
    }
    if (sources.length > 0) identity.modelDigest ??= (await readModelManifest(modelDirectory)).digest;
  } catch (error) {
    await acceptor.close(0);
    await models.closeAll();
    throw error;
  }
  lifecycle.phase = 'ready';
  if (primary === undefined) logListening(port, configuration, processors, write);
  else primary.ready(models.list().every(({ model }) => model?.report().placement === 'inline'));
  const stopMetrics = configuration.embeddedMetrics ? writeEmbeddedMetrics(context, write) : (): void => undefined;
  return {
    port,
    drain: async () => {
      lifecycle.phase = 'draining';
      logger('info', 'draining', { inFlight: http.inFlight() });
      const timeoutMilliseconds = configuration.drainTimeoutSeconds * 1000;
      const closePort = async (): Promise<void> =>
        await (primary?.portClosed ?? acceptor.close(Math.min(portGraceMilliseconds, timeoutMilliseconds)));
      const outcome = await drainConnections(http, closePort, timeoutMilliseconds, now);
      if (outcome === 'timed-out') logger('warn', 'requests were still in flight at the end of the drain');
      stopMetrics();
      await models.closeAll();
      logger('info', 'stopped');
    },
  };
}

/** Logs at any level: after a start on port 0 only this line has the port. */
export function logListening(
  port: number,
  { host, releaseId }: Configuration,
  processors: number,
  write: (line: string) => void,
): void {
  createLogger(write, 'info', Date.now)('info', 'listening', { host, port, releaseId, processors });
}

/**
 * @throws ModelLoadError also where there is too little memory: at the start no request gets the problem as its response. It
 * names the model where there are several.
 */
async function acquireAtStart(models: ModelRegistry, name: string, hasSeveral: boolean): Promise<ServedModel> {
  try {
    return await models.acquire(name);
  } catch (error) {
    if (hasSeveral && error instanceof ModelLoadError)
      throw new ModelLoadError(`model "${name}": ${error.message}`, { cause: error });
    if (!(error instanceof Problem)) throw error;
    throw new ModelLoadError(`cannot load ${error.message}; raise MODEL_MEMORY_MIB or the memory of the container`, {
      cause: error,
    });
  }
}

/** Processes that share the memory. */
function countProcesses({ processes }: Configuration, processors: number, sharesPort: boolean): number {
  if (!sharesPort) return 1;
  return processes === 'auto' ? processors : processes;
}

// Loaded by the first request that needs the router: its adapter loads all of HTTP/2, and the start waits for health and
// inferences only.
async function loadRouter(context: AppContext): Promise<RouterListener> {
  const [{ getRequestListener }, { createRouter }] = await Promise.all([
    import('@hono/node-server'),
    import('./app/router.ts'),
  ]);
  const listen = getRequestListener(createRouter(context).fetch, { overrideGlobalObjects: false });
  return async (incoming, outgoing) => await listen(incoming, outgoing);
}

/** Ids that are unique across processes: process, start and count. */
function createRequestIds(): () => string {
  const prefix = `${process.pid.toString(36)}-${Date.now().toString(36)}`;
  let count = 0;
  return () => `${prefix}-${(++count).toString(36)}`;
}

function writeEmbeddedMetrics(context: AppContext, write: (line: string) => void): () => void {
  let before = context.metrics.totals();
  const report = (): void => {
    const after = context.metrics.totals();
    const line = renderEmbeddedMetrics(before, after, context.configuration.releaseId, Date.now());
    before = after;
    if (line !== undefined) write(line);
  };
  const timer = setInterval(report, embeddedMetricsMilliseconds);
  timer.unref();
  return () => {
    clearInterval(timer);
    report();
  };
}
