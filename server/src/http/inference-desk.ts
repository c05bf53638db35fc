import type { IncomingHttpHeaders } from 'node:http';
import { answerHeaders, requestIdOf } from './answer-headers.ts';
import type { Outlet } from './outlet.ts';
import { Problem, renderProblem } from './problem.ts';
import type { ResponseCoalescer } from './response-coalescer.ts';
import { createTurnBudget } from './turn-budget.ts';
import type { AppContext } from '../app/context.ts';
import { infer } from '../app/inference.ts';
import { resolveModel, type InferenceTarget } from '../app/inference-target.ts';
import { recordRequest } from '../app/request-log.ts';
import type { Reply } from '../codecs/request-form.ts';
import type { ServedModel } from '../model/served-model.ts';

/** Requests that have arrived and are not answered yet. */
export interface Traffic {
  inFlight: number;
}

/** An inference request, however it came over HTTP. */
interface ArrivedInference {
  readonly target: InferenceTarget;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Takes inference requests on and answers each through its outlet. They count as in flight until then. */
export type InferenceDesk = (request: ArrivedInference, outlet: Outlet) => void;

/** One inference under way. */
interface Exchange extends ArrivedInference {
  readonly outlet: Outlet;
  readonly requestId: string;
  readonly startedAt: number;
}

/** Bodies from this size on are decoded within a budget for each turn of the event loop. */
const costlyBodyBytes = 4096;
const decodingMilliseconds = 5;

/** Makes the desk of a server. */
export function createInferenceDesk(
  context: AppContext,
  coalescer: ResponseCoalescer,
  traffic: Traffic,
): InferenceDesk {
  const { configuration, lifecycle, policy } = context;
  const timeoutMilliseconds = configuration.requestTimeoutSeconds * 1000;
  const decoding = createTurnBudget(decodingMilliseconds, context.now, setImmediate);

  const answer = (exchange: Exchange, reply: Reply | Problem): void => {
    const { outlet, requestId, target, body } = exchange;
    const headers = answerHeaders(exchange.headers, configuration.releaseId, requestId);
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
    coalescer.send({ outlet, status: reply.status, headers, body: content });
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
    const { outlet, target, headers, body, startedAt } = exchange;
    try {
      infer(
        {
          route: target.route,
          headers,
          body,
          deadline: startedAt + timeoutMilliseconds,
          isAbandoned: () => outlet.isClosed(),
        },
        model,
        policy,
        (reply) => answer(exchange, reply),
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

  return ({ target, url, headers, body }, outlet) => {
    const requestId = requestIdOf(headers, context.nextRequestId);
    const exchange = { target, url, headers, body, outlet, requestId, startedAt: context.now() };
    if (body.length < costlyBodyBytes) begin(exchange);
    else decoding.spend(() => begin(exchange));
  };
}
