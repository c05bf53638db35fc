import type { IncomingHttpHeaders } from 'node:http';
import type { AppContext } from './context.ts';
import { isTraceparent, single } from '../http/response-headers.ts';

/** A request with its response. */
export interface AnsweredRequest {
  readonly method: string;
  /** The route with placeholders, never the raw path: it is a label of metrics. */
  readonly route: string;
  readonly headers: IncomingHttpHeaders;
  readonly requestId: string;
  readonly status: number;
  readonly startedAt: number;
  readonly body: Buffer | undefined;
  /** The detail of the problem if the request failed. */
  readonly detail: string | undefined;
}

/** Bytes of a body in the log. */
export const loggedPayloadBytes = 2048;

/** Counts a request, and logs it if LOG_REQUESTS says so. */
export function recordRequest(context: AppContext, request: AnsweredRequest): void {
  const { configuration, logger } = context;
  const milliseconds = context.now() - request.startedAt;
  context.metrics.request({ route: request.route, status: request.status, seconds: milliseconds / 1000 });
  const isFailed = request.status >= 400;
  // SageMaker checks health every few seconds: the log has the changes of phase instead.
  if (request.route === '/ping' && configuration.logRequests !== 'all') return;
  if (configuration.logRequests === 'none' || (configuration.logRequests === 'failed' && !isFailed)) return;
  const { headers } = request;
  const traceparent = single(headers['traceparent']);
  logger(request.status === 500 ? 'error' : request.status > 500 ? 'warn' : 'info', 'request', {
    method: request.method,
    route: request.route,
    status: request.status,
    milliseconds: Math.round(milliseconds * 1000) / 1000,
    requestId: request.requestId,
    inferenceId: single(headers['x-amzn-sagemaker-inference-id']),
    traceId: traceparent !== undefined && isTraceparent(traceparent) ? traceparent.slice(3, 35) : undefined,
    detail: request.detail,
    payload: configuration.logPayloads ? request.body?.toString('utf8', 0, loggedPayloadBytes) : undefined,
  });
}
