import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AppContext } from './context.ts';
import { infer } from './inference.ts';
import { resolveModel, type InferenceTarget } from './inference-target.ts';
import { recordRequest } from './request-log.ts';
import type { Reply } from '../codecs/codec.ts';
import { Problem, renderProblem } from '../errors/problem.ts';
import type { ResponseCoalescer } from '../http/response-coalescer.ts';
import { requestIdOf, responseHeaders } from '../http/response-headers.ts';
import { createTimeSlicedQueue } from '../http/time-sliced-queue.ts';
import type { ServedModel } from '../model/served-model.ts';

/** Requests that have arrived and have no response yet. */
export interface Traffic {
  inFlight: number;
}

/** Handles an inference request whose body has been read. It counts as in flight until its response is written. */
export type InferenceHandler = (
  target: InferenceTarget,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  body: Buffer,
) => void;

/** One inference request in flight. */
interface Exchange {
  readonly target: InferenceTarget;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly outgoing: ServerResponse;
  readonly requestId: string;
  readonly startedAt: number;
}

/** Bodies from this size on are decoded in time slices. */
const costlyBodyBytes = 4096;
const decodingMilliseconds = 5;

/** Makes the handler of all inference routes. */
export function createInferenceHandler(
  context: AppContext,
  coalescer: ResponseCoalescer,
  traffic: Traffic,
): InferenceHandler {
  const { configuration, lifecycle, policy } = context;
  const timeoutMilliseconds = configuration.requestTimeoutSeconds * 1000;
  const decoding = createTimeSlicedQueue(decodingMilliseconds, context.now, setImmediate);

  const respond = (exchange: Exchange, reply: Reply | Problem): void => {
    const { outgoing, requestId, target, body } = exchange;
    const headers = responseHeaders(exchange.headers, configuration.releaseId, requestId);
    const isProblem = reply instanceof Problem;
    const content = isProblem ? renderProblem(reply, exchange.url, requestId) : reply.body;
    const length = typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength;
    headers.push('content-type', isProblem ? 'application/problem+json' : reply.contentType);
    headers.push('content-length', String(length));
    if (reply.headers !== undefined) for (const name in reply.headers) headers.push(name, reply.headers[name] ?? '');
    if (lifecycle.phase === 'draining' && !headers.includes('connection')) headers.push('connection', 'close');
    recordRequest(context, {
      method: 'POST',
      route: target.label,
      headers: exchange.headers,
      requestId,
      status: reply.status,
      startedAt: exchange.startedAt,
      body,
      detail: isProblem ? reply.message : undefined,
    });
    traffic.inFlight--;
    const encoding = length === content.length ? 'latin1' : 'utf8';
    coalescer.send({ outgoing, status: reply.status, headers, body: content, encoding });
  };

  const fail = (exchange: Exchange, error: unknown): void => {
    if (error instanceof Problem) {
      respond(exchange, error);
      return;
    }
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    context.logger('error', 'request failed unexpectedly', { requestId: exchange.requestId, error: text });
    respond(exchange, new Problem(500, 'the server failed on this request; its log says why'));
  };

  const inferWith = (exchange: Exchange, model: ServedModel): void => {
    const { outgoing, target, headers, body, startedAt } = exchange;
    try {
      infer(
        {
          protocol: target.protocol,
          headers,
          body,
          deadline: startedAt + timeoutMilliseconds,
          isAbandoned: () => outgoing.destroyed,
        },
        model,
        policy,
        (reply) => respond(exchange, reply),
      );
    } catch (error) {
      fail(exchange, error);
    }
  };

  const begin = (exchange: Exchange): void => {
    try {
      const model = resolveModel(context, exchange.target, exchange.headers);
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

  return (target, incoming, outgoing, body) => {
    const { headers, url = '' } = incoming;
    const requestId = requestIdOf(headers, context.nextRequestId);
    const exchange = { target, url, headers, body, outgoing, requestId, startedAt: context.now() };
    if (body.length < costlyBodyBytes) begin(exchange);
    else decoding.run(() => begin(exchange));
  };
}
