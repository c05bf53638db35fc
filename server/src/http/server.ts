import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answerHeaders, requestIdOf } from './answer-headers.ts';
import { answerAndLinger, readBody } from './body-reader.ts';
import { createInferenceDesk, type Traffic } from './inference-desk.ts';
import type { Outlet } from './outlet.ts';
import { createPlainConnections } from './plain-connections.ts';
import { renderProblem, type Problem } from './problem.ts';
import type { ResponseCoalescer } from './response-coalescer.ts';
import { createHttpDate } from './response-text.ts';
import { pingStatus, type AppContext } from '../app/context.ts';
import { inferenceTarget, type InferenceTarget } from '../app/inference-target.ts';
import { recordRequest } from '../app/request-log.ts';

/** The HTTP side of the server: inferences by hand, everything else through the Hono app. */
export interface HttpServer {
  readonly server: Server;
  /** Requests that have arrived and are not answered yet. */
  readonly inFlight: () => number;
  /** Closes the connections on which no request is under way. */
  readonly closeIdleConnections: () => void;
  readonly closeAllConnections: () => void;
}

/** Answers a request through the router. A body, where there is one, is on `incoming.rawBody`. */
export type RouterListener = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;

/** Longer than the idle time-outs of the proxies before us, which would else reuse a connection as we close it. */
const keepAliveSeconds = 75;
const expirySweepMilliseconds = 5000;

/** Makes the HTTP server, not listening. Inferences skip the router, which costs as much as a small model's run. */
export function createHttpServer(
  loadRouter: () => Promise<RouterListener>,
  context: AppContext,
  coalescer: ResponseCoalescer,
): HttpServer {
  const { configuration, lifecycle, policy } = context;
  const traffic: Traffic = { inFlight: 0 };
  const takeInference = createInferenceDesk(context, coalescer, traffic);
  let router: Promise<RouterListener> | undefined;

  const passOn = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    outgoing.once('close', () => traffic.inFlight--);
    router ??= loadRouter();
    router
      .then(async (listen) => await listen(incoming, outgoing))
      .catch((error: unknown) => {
        context.logger('error', 'request failed unexpectedly', { error: String(error) });
        outgoing.destroy();
      });
  };

  /** Health is answered here: it must not wait for anything, least of all at the start or under overload. */
  const answerPing = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const startedAt = context.now();
    const requestId = requestIdOf(incoming.headers, context.nextRequestId);
    const status = pingStatus(lifecycle.phase);
    const body = `{"status":"${lifecycle.phase}"}`;
    const headers = answerHeaders(incoming.headers, configuration.releaseId, requestId);
    headers.push('content-type', 'application/json', 'content-length', String(body.length));
    if (lifecycle.phase === 'draining') headers.push('connection', 'close');
    const { method = '', headers: sent } = incoming;
    recordRequest(context, {
      method,
      route: '/ping',
      headers: sent,
      requestId,
      status,
      startedAt,
      body: undefined,
      detail: undefined,
    });
    traffic.inFlight--;
    outgoing.writeHead(status, headers);
    outgoing.end(method === 'HEAD' ? undefined : body);
  };

  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    traffic.inFlight++;
    const { method, url = '', headers } = incoming;
    if (method === 'GET' || method === 'HEAD') {
      if (url === '/ping') answerPing(incoming, outgoing);
      else passOn(incoming, outgoing);
      return;
    }
    const target = method === 'POST' ? inferenceTarget(url) : undefined;
    readBody(incoming, policy.maxBytes, (outcome) => {
      if (outcome.kind === 'aborted') {
        traffic.inFlight--;
      } else if (outcome.kind === 'too-large') {
        refuseBody(incoming, outgoing, target, outcome.problem);
      } else if (target !== undefined) {
        takeInference({ target, url, headers, body: outcome.body }, outletOf(outgoing));
      } else {
        // The adapter takes the body from here instead of reading the stream again.
        passOn(Object.assign(incoming, { rawBody: outcome.body }), outgoing);
      }
    });
  };

  const refuseBody = (
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    target: InferenceTarget | undefined,
    problem: Problem,
  ): void => {
    const requestId = requestIdOf(incoming.headers, context.nextRequestId);
    const { method = '', headers, url = '' } = incoming;
    const startedAt = context.now();
    const route = target?.label ?? 'other';
    const { status, message: detail } = problem;
    recordRequest(context, { method, route, headers, requestId, status, startedAt, body: undefined, detail });
    outgoing.once('close', () => traffic.inFlight--);
    const ownHeaders = { 'content-type': 'application/problem+json', 'x-request-id': requestId };
    answerAndLinger(incoming, outgoing, status, ownHeaders, renderProblem(problem, url, requestId));
  };

  const server = createServer(
    { keepAliveTimeout: keepAliveSeconds * 1000, requestTimeout: 60_000, headersTimeout: 60_000 },
    onRequest,
  );
  server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (!(Number(incoming.headers['content-length']) > policy.maxBytes)) outgoing.writeContinue();
    onRequest(incoming, outgoing);
  });
  const handOver = takeConnections(server);
  const plain = createPlainConnections({
    take: ({ url, headers, body }, outlet) => {
      const target = body.length > policy.maxBytes ? undefined : inferenceTarget(url);
      if (target === undefined) return false;
      traffic.inFlight++;
      takeInference({ target, url, headers, body }, outlet);
      return true;
    },
    handOver,
    keepAliveSeconds,
    date: createHttpDate(Date.now),
    now: context.now,
  });
  server.on('connection', plain.add);
  const sweep = setInterval(plain.closeExpired, expirySweepMilliseconds).unref();
  server.once('close', () => clearInterval(sweep));
  return {
    server,
    inFlight: () => traffic.inFlight,
    closeIdleConnections: () => {
      server.closeIdleConnections();
      plain.closeIdle();
    },
    closeAllConnections: () => {
      server.closeAllConnections();
      plain.closeAll();
    },
  };
}

/** Takes new connections from node:http; the returned function gives one back, as its 'connection' event allows. */
function takeConnections(server: Server): (socket: Socket) => void {
  const [listener] = server.listeners('connection');
  server.removeAllListeners('connection');
  return (socket) => {
    listener?.call(server, socket);
  };
}

function outletOf(outgoing: ServerResponse): Outlet {
  return {
    isClosed: () => outgoing.destroyed,
    write: (status, headers, body) => {
      outgoing.writeHead(status, [...headers]);
      outgoing.end(body);
    },
  };
}
