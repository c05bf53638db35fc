import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pingStatus, type AppContext } from './context.ts';
import { createInferenceHandler, type Traffic } from './inference-handler.ts';
import { createInferenceMatcher } from './inference-target.ts';
import { recordRequest } from './request-log.ts';
import { routeLabel } from './route.ts';
import { healthRoute, routes } from './routes.ts';
import { renderProblem, type Problem } from '../errors/problem.ts';
import { readBody, respondAndLinger } from '../http/body-reader.ts';
import type { ResponseCoalescer } from '../http/response-coalescer.ts';
import { requestIdOf, responseHeaders } from '../http/response-headers.ts';

/** The HTTP side of the server: health checks and inferences on node:http, all other routes on Hono. */
export interface HttpServer {
  /** Serves the requests of a connection, which comes paused. */
  readonly take: (socket: Socket) => void;
  /** Requests that have arrived and have no response yet. */
  readonly inFlight: () => number;
  readonly connections: ReadonlySet<Socket>;
}

/** Serves a request with the router. If it has a body, the body is in `incoming.rawBody`. */
export type RouterListener = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;

/** Longer than the idle time-outs of common proxies, which would otherwise reuse a connection while it closes. */
const keepAliveSeconds = 75;

/** Makes the HTTP server. */
export function createHttpServer(
  loadRouter: () => Promise<RouterListener>,
  context: AppContext,
  coalescer: ResponseCoalescer,
): HttpServer {
  const { identity, lifecycle, policy } = context;
  const traffic: Traffic = { inFlight: 0 };
  const handleInference = createInferenceHandler(context, coalescer, traffic);
  const inferenceTarget = createInferenceMatcher(routes);
  let router: Promise<RouterListener> | undefined;

  const passToRouter = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    outgoing.once('close', () => traffic.inFlight--);
    router ??= loadRouter();
    router
      .then(async (listen) => await listen(incoming, outgoing))
      .catch((error: unknown) => {
        context.logger('error', 'request failed unexpectedly', { error: String(error) });
        outgoing.destroy();
      });
  };

  const respondToPing = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const startedAt = context.now();
    const requestId = requestIdOf(incoming.headers, context.nextRequestId);
    const status = pingStatus(lifecycle.phase);
    const body = `{"status":"${lifecycle.phase}"}`;
    const headers = responseHeaders(incoming.headers, identity, requestId);
    headers.push('content-type', 'application/json', 'content-length', String(body.length));
    if (lifecycle.phase === 'draining') headers.push('connection', 'close');
    const { method = '', headers: sent } = incoming;
    const record = { method, route: routeLabel(healthRoute), headers: sent, requestId, status, startedAt };
    recordRequest(context, { ...record, body: undefined, detail: undefined });
    traffic.inFlight--;
    outgoing.writeHead(status, headers);
    outgoing.end(method === 'HEAD' ? undefined : body);
  };

  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    traffic.inFlight++;
    const { method, url = '' } = incoming;
    if (method === 'GET' || method === 'HEAD') {
      if (url === healthRoute.path || url.startsWith(`${healthRoute.path}?`)) respondToPing(incoming, outgoing);
      else passToRouter(incoming, outgoing);
      return;
    }
    const target = method === 'POST' ? inferenceTarget(url) : undefined;
    readBody(incoming, policy.maxBytes, (outcome) => {
      if (outcome.kind === 'aborted') {
        traffic.inFlight--;
      } else if (outcome.kind === 'too-large') {
        refuseBody(incoming, outgoing, target?.label ?? 'other', outcome.problem);
      } else if (target !== undefined) {
        handleInference(target, incoming, outgoing, outcome.body);
      } else {
        // The adapter of Hono uses this body instead of reading the stream again.
        passToRouter(Object.assign(incoming, { rawBody: outcome.body }), outgoing);
      }
    });
  };

  const refuseBody = (incoming: IncomingMessage, outgoing: ServerResponse, route: string, problem: Problem): void => {
    const requestId = requestIdOf(incoming.headers, context.nextRequestId);
    const { method = '', headers, url = '' } = incoming;
    const startedAt = context.now();
    const { status, message: detail } = problem;
    recordRequest(context, { method, route, headers, requestId, status, startedAt, body: undefined, detail });
    outgoing.once('close', () => traffic.inFlight--);
    const ownHeaders = { 'content-type': 'application/problem+json', 'x-request-id': requestId };
    respondAndLinger(incoming, outgoing, status, ownHeaders, renderProblem(problem, url, requestId));
  };

  const server = createServer(
    { keepAliveTimeout: keepAliveSeconds * 1000, requestTimeout: 60_000, headersTimeout: 60_000 },
    onRequest,
  );
  server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (!(Number(incoming.headers['content-length']) > policy.maxBytes)) outgoing.writeContinue();
    onRequest(incoming, outgoing);
  });
  // Node begins to watch the time-outs of connections with this event.
  server.emit('listening');
  const connections = new Set<Socket>();
  const take = (socket: Socket): void => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    // As node:http sets them for a connection that it accepts itself; sockets from another process lack them.
    socket.allowHalfOpen = true;
    socket.setNoDelay(true);
    server.emit('connection', socket);
    socket.resume();
  };
  return { take, inFlight: () => traffic.inFlight, connections };
}
