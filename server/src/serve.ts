import { createApp } from './app/app.ts';
import type { AppContext, Lifecycle } from './app/context.ts';
import { createInlineRunner } from './batching/inline-runner.ts';
import { createScheduler } from './batching/scheduler.ts';
import type { Configuration } from './configuration.ts';
import { createResponseCoalescer } from './http/response-coalescer.ts';
import { createHttpServer } from './http/server.ts';
import { createLogger } from './logging.ts';
import type { ServedModel } from './model/served-model.ts';
import { loadSession } from './model/session.ts';
import { defaultSignature } from './model/signature.ts';
import { once } from 'node:events';
import { Server as NetServer } from 'node:net';
import path from 'node:path';

/** A server that listens. */
export interface RunningServer {
  readonly port: number;
  /** Refuses what is new, ends what is under way, and resolves when every connection is closed. */
  readonly drain: () => Promise<void>;
}

/** Loads the model, warms it up, and listens. @throws ModelLoadError */
export async function serve(
  configuration: Configuration,
  modelDirectory: string,
  write: (line: string) => void,
): Promise<RunningServer> {
  const logger = createLogger(write, configuration.logLevel, Date.now);
  const lifecycle: Lifecycle = { phase: 'starting' };
  const coalescer = createResponseCoalescer(setImmediate);
  const now = (): number => performance.now();
  const session = loadSession(path.join(modelDirectory, 'model.onnx'), { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const scheduler = createScheduler(
    createInlineRunner(session, now, () => undefined),
    {
      maxBatchRows: 64,
      maxBatchDelayMilliseconds: 0,
      maxQueuedJobs: configuration.maxQueuedRequests,
      now,
      defer: setImmediate,
      delay: (milliseconds, callback) => {
        const timer = setTimeout(callback, milliseconds);
        return () => clearTimeout(timer);
      },
      onSettled: coalescer.flush,
    },
  );
  const model: ServedModel = {
    name: configuration.modelName,
    version: '1',
    inputs: session.inputs,
    outputs: session.outputs,
    signature: defaultSignature(session),
    isBatched: session.inputs.every(({ shape }) => typeof shape[0] === 'string'),
    scheduler,
    close: async () => {
      await scheduler.idle();
      session.release();
    },
  };
  let requests = 0;
  const prefix = `${process.pid.toString(36)}-${Date.now().toString(36)}`;
  const context: AppContext = {
    configuration,
    lifecycle,
    logger,
    defaultModel: () => model,
    now,
    nextRequestId: () => `${prefix}-${(++requests).toString(36)}`,
  };
  const { server, inFlight } = createHttpServer(createApp(context), context, coalescer);
  server.listen(configuration.port, configuration.host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : configuration.port;
  lifecycle.phase = 'ready';
  logger('info', 'listening', { host: configuration.host, port, releaseId: configuration.releaseId });
  return {
    port,
    drain: async () => {
      lifecycle.phase = 'draining';
      logger('info', 'draining', { inFlight: inFlight() });
      const closed = once(server, 'close');
      // http.Server.close() would also cut idle connections, on which a request may be arriving this moment.
      NetServer.prototype.close.call(server);
      const deadline = now() + configuration.drainTimeoutSeconds * 1000;
      const grace = now() + 250;
      await new Promise<void>((resolve) => {
        const timer = setInterval(() => {
          if (now() < deadline && (inFlight() > 0 || now() < grace)) return;
          clearInterval(timer);
          resolve();
        }, 10);
      });
      server.closeIdleConnections();
      const forced = setTimeout(() => server.closeAllConnections(), Math.max(0, deadline - now()));
      await closed;
      clearTimeout(forced);
      await model.close();
      logger('info', 'stopped');
    },
  };
}
