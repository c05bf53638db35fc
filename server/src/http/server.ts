import { getRequestListener } from '@hono/node-server';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answerHeaders, requestIdOf } from './answer-headers.ts';
import { answerAndLinger, readBody } from './body-reader.ts';
import { Problem, renderProblem } from './problem.ts';
import type { ResponseCoalescer } from './response-coalescer.ts';
import type { createApp } from '../app/app.ts';
import type { AppContext } from '../app/context.ts';
import { infer } from '../app/inference.ts';
import type { Reply } from '../codecs/request-form.ts';

/** The HTTP side of the server: the hot routes by hand, everything else through the Hono app. */
export interface HttpServer {
  readonly server: Server;
  /** Requests that have arrived and are not answered yet. */
  readonly inFlight: () => number;
}

/** Makes the HTTP server, not listening. The hot routes skip the router, which costs as much as a small model's run. */
export function createHttpServer(
  app: ReturnType<typeof createApp>,
  context: AppContext,
  coalescer: ResponseCoalescer,
): HttpServer {
  const { configuration, lifecycle } = context;
  const maxBytes = Math.floor(configuration.maxBodyMebibytes * 1024 * 1024);
  const timeoutMilliseconds = configuration.requestTimeoutSeconds * 1000;
  const throughRouter = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  let inFlight = 0;

  const send = (outgoing: ServerResponse, status: number, headers: string[], body: string | Uint8Array): void => {
    inFlight--;
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
    headers.push('content-length', String(length));
    if (lifecycle.phase === 'draining') headers.push('connection', 'close');
    coalescer.send({ outgoing, status, headers, body });
  };

  const answer = (
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    requestId: string,
    reply: Reply | Problem,
  ): void => {
    const headers = answerHeaders(incoming.headers, configuration.releaseId, requestId);
    if (reply instanceof Problem) {
      headers.push('content-type', 'application/problem+json');
      for (const [name, value] of Object.entries(reply.headers)) headers.push(name, value);
      send(outgoing, reply.status, headers, renderProblem(reply, incoming.url ?? '', requestId));
      return;
    }
    headers.push('content-type', reply.contentType);
    if (reply.headers !== undefined)
      for (const [name, value] of Object.entries(reply.headers)) headers.push(name, value);
    send(outgoing, reply.status, headers, reply.body);
  };

  const inferDirectly = (incoming: IncomingMessage, outgoing: ServerResponse, route: HotRoute, body: Buffer): void => {
    const requestId = requestIdOf(incoming.headers, context.nextRequestId);
    try {
      const model = context.defaultModel();
      if (model === undefined || lifecycle.phase !== 'ready') throw notReady(lifecycle.phase);
      infer(
        {
          route,
          headers: incoming.headers,
          body,
          deadline: context.now() + timeoutMilliseconds,
          isAbandoned: () => outgoing.destroyed,
        },
        model,
        (reply) => answer(incoming, outgoing, requestId, reply),
      );
    } catch (error) {
      answer(incoming, outgoing, requestId, problemOf(error, context));
    }
  };

  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    inFlight++;
    if (incoming.method === 'GET' || incoming.method === 'HEAD') {
      outgoing.once('close', () => inFlight--);
      void throughRouter(incoming, outgoing);
      return;
    }
    const route = hotRoutes.get(incoming.url ?? '');
    readBody(incoming, maxBytes, (outcome) => {
      if (outcome.kind === 'aborted') {
        inFlight--;
      } else if (outcome.kind === 'too-large') {
        const requestId = requestIdOf(incoming.headers, context.nextRequestId);
        const body = renderProblem(outcome.problem, incoming.url ?? '', requestId);
        const headers = { 'content-type': 'application/problem+json', 'x-request-id': requestId };
        outgoing.once('close', () => inFlight--);
        answerAndLinger(incoming, outgoing, 413, headers, body);
      } else if (route !== undefined && incoming.method === 'POST') {
        inferDirectly(incoming, outgoing, route, outcome.body);
      } else {
        outgoing.once('close', () => inFlight--);
        // The adapter takes the body from here instead of reading the stream again.
        void throughRouter(Object.assign(incoming, { rawBody: outcome.body }), outgoing);
      }
    });
  };

  const server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 60_000, headersTimeout: 60_000 }, onRequest);
  server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (!(Number(incoming.headers['content-length']) > maxBytes)) outgoing.writeContinue();
    onRequest(incoming, outgoing);
  });
  return { server, inFlight: () => inFlight };
}

type HotRoute = 'predict' | 'invocations';
const hotRoutes = new Map<string, HotRoute>([
  ['/predict', 'predict'],
  ['/invocations', 'invocations'],
]);

function notReady(phase: string): Problem {
  const detail = phase === 'draining' ? 'the server is shutting down' : 'the model is not loaded yet';
  return new Problem(503, detail, { headers: { 'retry-after': '1' } });
}

function problemOf(error: unknown, context: AppContext): Problem {
  if (error instanceof Problem) return error;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  context.logger('error', 'request failed unexpectedly', { error: text });
  return new Problem(500, 'the server failed on this request; its log says why');
}
