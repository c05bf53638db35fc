import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answerHeaders, requestIdOf } from './answer-headers.ts';
import { answerAndLinger, readBody } from './body-reader.ts';
import { Problem, renderProblem } from './problem.ts';
import type { ResponseCoalescer } from './response-coalescer.ts';
import { createTurnBudget } from './turn-budget.ts';
import { pingStatus, type AppContext } from '../app/context.ts';
import { infer } from '../app/inference.ts';
import { inferenceTarget, resolveModel, type InferenceTarget } from '../app/inference-target.ts';
import { recordRequest } from '../app/request-log.ts';
import type { Reply } from '../codecs/request-form.ts';
import type { ServedModel } from '../model/served-model.ts';

/** The HTTP side of the server: inferences by hand, everything else through the Hono app. */
export interface HttpServer {
  readonly server: Server;
  /** Requests that have arrived and are not answered yet. */
  readonly inFlight: () => number;
}

/** Answers a request through the router. A body, where there is one, is on `incoming.rawBody`. */
export type RouterListener = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;

/** Bodies from this size on are decoded within a budget for each turn of the event loop. */
const costlyBodyBytes = 4096;
const decodingMilliseconds = 5;

/** One inference under way. */
interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly target: InferenceTarget;
  readonly requestId: string;
  readonly startedAt: number;
  readonly body: Buffer;
}

/** Makes the HTTP server, not listening. Inferences skip the router, which costs as much as a small model's run. */
export function createHttpServer(
  loadRouter: () => Promise<RouterListener>,
  context: AppContext,
  coalescer: ResponseCoalescer,
): HttpServer {
  const { configuration, lifecycle, policy } = context;
  const timeoutMilliseconds = configuration.requestTimeoutSeconds * 1000;
  const decoding = createTurnBudget(decodingMilliseconds, context.now, setImmediate);
  let router: Promise<RouterListener> | undefined;
  let inFlight = 0;

  const answer = (exchange: Exchange, reply: Reply | Problem): void => {
    const { incoming, outgoing, requestId, target, body } = exchange;
    const headers = answerHeaders(incoming.headers, configuration.releaseId, requestId);
    const isProblem = reply instanceof Problem;
    const content = isProblem ? renderProblem(reply, incoming.url ?? '', requestId) : reply.body;
    const length = typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength;
    headers.push('content-type', isProblem ? 'application/problem+json' : reply.contentType);
    headers.push('content-length', String(length));
    if (reply.headers !== undefined) for (const name in reply.headers) headers.push(name, reply.headers[name] ?? '');
    if (lifecycle.phase === 'draining' && !headers.includes('connection')) headers.push('connection', 'close');
    recordRequest(context, {
      method: 'POST',
      route: target.label,
      headers: incoming.headers,
      requestId,
      status: reply.status,
      startedAt: exchange.startedAt,
      body,
      detail: isProblem ? reply.message : undefined,
    });
    inFlight--;
    coalescer.send({ outgoing, status: reply.status, headers, body: content });
  };

  const fail = (exchange: Exchange, error: unknown): void => {
    if (error instanceof Problem) {
      answer(exchange, error);
      return;
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    context.logger('error', 'request failed unexpectedly', { requestId: exchange.requestId, error: text });
    answer(exchange, new Problem(500, 'the server failed on this request; its log says why'));
  };

  const inferWith = (exchange: Exchange, model: ServedModel): void => {
    const { incoming, outgoing, target, body, startedAt } = exchange;
    try {
      infer(
        {
          route: target.route,
          headers: incoming.headers,
          body,
          deadline: startedAt + timeoutMilliseconds,
          isAbandoned: () => outgoing.destroyed,
        },
        model,
        policy,
        (reply) => answer(exchange, reply),
      );
    } catch (error) {
      fail(exchange, error);
    }
  };

  const inferDirectly = (exchange: Exchange): void => {
    try {
      const model = resolveModel(context, exchange.target, exchange.incoming.headers);
      if (model instanceof Promise) {
        model.then(
          (loaded) => inferWith(exchange, loaded),
          (error: unknown) => fail(exchange, error),
        );
      } else {
        inferWith(exchange, model);
      }
    } catch (error) {
      fail(exchange, error);
    }
  };

  const passOn = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    outgoing.once('close', () => inFlight--);
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
    inFlight--;
    outgoing.writeHead(status, headers);
    outgoing.end(method === 'HEAD' ? undefined : body);
  };

  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    inFlight++;
    if (incoming.method === 'GET' || incoming.method === 'HEAD') {
      if (incoming.url === '/ping') answerPing(incoming, outgoing);
      else passOn(incoming, outgoing);
      return;
    }
    const target = incoming.method === 'POST' ? inferenceTarget(incoming.url ?? '') : undefined;
    readBody(incoming, policy.maxBytes, (outcome) => {
      if (outcome.kind === 'aborted') {
        inFlight--;
      } else if (outcome.kind === 'too-large') {
        refuseBody(incoming, outgoing, target, outcome.problem);
      } else if (target !== undefined) {
        const requestId = requestIdOf(incoming.headers, context.nextRequestId);
        const exchange = { incoming, outgoing, target, requestId, startedAt: context.now(), body: outcome.body };
        if (outcome.body.length < costlyBodyBytes) inferDirectly(exchange);
        else decoding.spend(() => inferDirectly(exchange));
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
    outgoing.once('close', () => inFlight--);
    const ownHeaders = { 'content-type': 'application/problem+json', 'x-request-id': requestId };
    answerAndLinger(incoming, outgoing, status, ownHeaders, renderProblem(problem, url, requestId));
  };

  // Longer than the idle time-outs of the proxies before us, which would else reuse a connection as we close it.
  const server = createServer({ keepAliveTimeout: 75_000, requestTimeout: 60_000, headersTimeout: 60_000 }, onRequest);
  server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (!(Number(incoming.headers['content-length']) > policy.maxBytes)) outgoing.writeContinue();
    onRequest(incoming, outgoing);
  });
  return { server, inFlight: () => inFlight };
}
