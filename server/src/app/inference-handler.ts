import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AppContext } from './context.ts';
import { infer, stepsOfInference } from './inference.ts';
import { resolveModel, type InferenceTarget } from './inference-target.ts';
import { loggedPayloadBytes, recordRequest } from './request-log.ts';
import type { Reply } from '../codecs/codec.ts';
import { Problem, renderProblem } from '../errors/problem.ts';
import type { ResponseCoalescer } from '../http/response-coalescer.ts';
import { isEncoded, packBody, responseEncoding, unpackBody, type Encoding } from '../http/content-encoding.ts';
import { requestIdOf, responseHeaders, single } from '../http/response-headers.ts';
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
  /** The body, or only its beginning once a large one has been read: see `loggedBytes`. */
  body: Buffer;
  readonly outgoing: ServerResponse;
  readonly requestId: string;
  readonly startedAt: number;
}

/** Bodies from this size on are decoded in time slices. */
const costlyBodyBytes = 4096;
/** Bodies from this size on are decoded in steps, over several time slices. */
const largeBodyBytes = 262_144;
const sliceMilliseconds = 5;
/** Texts of a large response are joined up to this length before they are encoded. */
const joinedCharacters = 262_144;

/** Makes the handler of all inference routes. */
export function createInferenceHandler(
  context: AppContext,
  coalescer: ResponseCoalescer,
  traffic: Traffic,
): InferenceHandler {
  const { configuration, identity, lifecycle, policy } = context;
  const timeoutMilliseconds = configuration.requestTimeoutSeconds * 1000;
  const slices = createTimeSlicedQueue(sliceMilliseconds, context.now, setImmediate);

  const send = (exchange: Exchange, reply: Reply | Problem, content: Content, encoding?: Encoding): void => {
    const { outgoing, requestId, target, body } = exchange;
    const headers = responseHeaders(exchange.headers, identity, requestId);
    const isProblem = reply instanceof Problem;
    const length = contentBytes(content);
    headers.push('content-type', isProblem ? 'application/problem+json' : reply.contentType);
    headers.push('content-length', String(length));
    if (encoding !== undefined) headers.push('content-encoding', encoding, 'vary', 'accept-encoding');
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
    const isAscii = typeof content === 'string' && length === content.length;
    coalescer.send({ outgoing, status: reply.status, headers, body: content, encoding: isAscii ? 'latin1' : 'utf8' });
  };

  const sendPacked = (exchange: Exchange, reply: Reply | Problem, content: Content): void => {
    const accepted = single(exchange.headers['accept-encoding']);
    const encoding = responseEncoding(accepted, content instanceof Uint8Array ? 0 : contentBytes(content));
    if (encoding === undefined) {
      send(exchange, reply, content);
      return;
    }
    packBody(asBytes(content), encoding).then(
      (packed) => send(exchange, reply, packed, encoding),
      (error: unknown) => fail(exchange, error),
    );
  };

  const respond = (exchange: Exchange, reply: Reply | Problem): void => {
    const content = reply instanceof Problem ? renderProblem(reply, exchange.url, exchange.requestId) : reply.body;
    if (typeof content !== 'string' && !(content instanceof Uint8Array)) {
      renderInSlices(exchange, reply, content);
    } else if (exchange.headers['accept-encoding'] === undefined) {
      send(exchange, reply, content);
    } else {
      sendPacked(exchange, reply, content);
    }
  };

  const renderInSlices = (
    exchange: Exchange,
    reply: Reply | Problem,
    parts: Iterable<string> | Iterable<Uint8Array>,
  ): void => {
    const rest = parts[Symbol.iterator]();
    const pieces: Uint8Array[] = [];
    let isBinary = false;
    slices.run(() => {
      try {
        let joined = '';
        while (joined.length < joinedCharacters) {
          const next = rest.next();
          if (next.done === true) {
            pieces.push(Buffer.from(joined));
            if (isBinary) send(exchange, reply, pieces);
            else sendPacked(exchange, reply, pieces);
            return 'done';
          }
          if (typeof next.value !== 'string') {
            isBinary = true;
            if (next.value.byteLength > 0) pieces.push(next.value);
            break;
          }
          joined += next.value;
        }
        if (joined !== '') pieces.push(Buffer.from(joined));
        return exchange.outgoing.destroyed ? abandon(exchange) : 'more';
      } catch (error) {
        fail(exchange, error);
        return 'done';
      }
    });
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

  /** Ends a request whose client has gone. */
  const abandon = (exchange: Exchange): 'done' => {
    fail(exchange, new Problem(503, 'the client closed the connection before its response'));
    return 'done';
  };

  const inferWith = (exchange: Exchange, model: ServedModel): void => {
    const { outgoing, target, headers, body, startedAt } = exchange;
    const deadline = startedAt + timeoutMilliseconds;
    const isAbandoned = (): boolean => outgoing.destroyed;
    const request = { protocol: target.protocol, headers, body, deadline, isAbandoned };
    const reply = (result: Reply | Problem): void => respond(exchange, result);
    if (body.length < largeBodyBytes) {
      try {
        infer(request, model, policy, reply);
      } catch (error) {
        fail(exchange, error);
      }
      return;
    }
    const steps = stepsOfInference(request, model, policy, reply);
    // The steps hold the body as long as they need it. A copy: a part would keep all of it in memory.
    exchange.body = Buffer.from(body.subarray(0, loggedPayloadBytes));
    const readOn = (): void => {
      slices.run(() => {
        try {
          const step = steps.next();
          if (step.done === true) return 'done';
          if (outgoing.destroyed) return abandon(exchange);
          if (context.now() >= deadline) {
            throw new Problem(503, 'the body could not be read within the time of a request', {
              headers: { 'retry-after': '1' },
            });
          }
          if (step.value === undefined) return 'more';
          step.value.then(readOn, (error: unknown) => fail(exchange, error));
          return 'done';
        } catch (error) {
          fail(exchange, error);
          return 'done';
        }
      });
    };
    readOn();
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

  const beginInTurn = (exchange: Exchange): void => {
    const { length } = exchange.body;
    if (length < costlyBodyBytes || length >= largeBodyBytes) {
      begin(exchange);
      return;
    }
    slices.run(() => {
      begin(exchange);
      return 'done';
    });
  };

  return (target, incoming, outgoing, body) => {
    const { headers, url = '' } = incoming;
    const requestId = requestIdOf(headers, context.nextRequestId);
    const exchange = { target, url, headers, body, outgoing, requestId, startedAt: context.now() };
    const contentEncoding = headers['content-encoding'];
    if (!isEncoded(contentEncoding)) {
      beginInTurn(exchange);
      return;
    }
    unpackBody(body, contentEncoding, policy.maxBytes).then(
      (unpacked) => beginInTurn({ ...exchange, body: unpacked }),
      (error: unknown) => fail(exchange, error),
    );
  };
}

type Content = string | Uint8Array | readonly Uint8Array[];

function contentBytes(content: Content): number {
  if (typeof content === 'string') return Buffer.byteLength(content);
  if (content instanceof Uint8Array) return content.byteLength;
  return content.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

function asBytes(content: Content): Uint8Array {
  if (typeof content === 'string') return Buffer.from(content);
  return content instanceof Uint8Array ? content : Buffer.concat(content);
}
