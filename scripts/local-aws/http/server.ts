import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ControlAnswer } from './control.ts';
import { handleApiRequest, type ApiContext } from './handle-request.ts';
import { forwardToMoto } from './forward-to-moto.ts';
import { handleRegistryRequest, type Registry } from '../registry/handler.ts';
import { identifyCaller, signedService } from '../wire/caller.ts';
import { headerOf, type WireRequest } from '../wire/messages.ts';
import { readBody, readPlainBody } from '../wire/read-body.ts';

/** InvokeEndpoint takes at most this many bytes (SageMaker runtime API model); other calls are far smaller. */
export const DEFAULT_MAXIMUM_BODY_BYTES = 6_291_456;

export interface HttpContext {
  readonly api: ApiContext;
  readonly registry: Registry;
  readonly motoUrl: string | undefined;
  readonly maximumBodyBytes: number;
  readonly handleControl: (request: WireRequest) => ControlAnswer;
  readonly log: (line: string) => void;
}

/** Listens on loopback; every service answers on the one port. */
export async function listen(context: HttpContext, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    route(context, request, response).catch((error: unknown) => {
      fail(context, request, response, error);
    });
  });
  // Longer than the idle timeout of any SDK, so that no connection is closed during a request.
  server.keepAliveTimeout = 120_000;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

/** The port a server listens on. */
export const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function route(context: HttpContext, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://local-aws');
  const path = url.pathname;
  if (path === '/v2' || path.startsWith('/v2/')) {
    await handleRegistryRequest(context.registry, request, response);
    return;
  }
  const envelope = { method: request.method ?? 'GET', path, query: url.searchParams, headers: request.headers };
  const isControl = path.startsWith('/_local/');
  const isS3Call = !isControl && signedService(envelope) === 's3';
  const isApiCall = isControl || (isS3Call ? context.api.buckets !== undefined : request.method === 'POST');
  if (!isApiCall) {
    await forward(context, request, { ...envelope, body: Buffer.alloc(0) }, undefined, response);
    return;
  }
  // S3 keeps an object as it comes.
  const read = isS3Call ? readBody(request, Infinity) : readPlainBody(request, context.maximumBodyBytes);
  const wire: WireRequest = { ...envelope, body: await bodyOrRefusal(read, response, context.maximumBodyBytes) };
  if (response.writableEnded) return;
  if (isControl) {
    const { status, body } = context.handleControl(wire);
    response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
    return;
  }
  const answer = await handleApiRequest(context.api, wire);
  if (answer === undefined) await forward(context, request, wire, wire.body, response);
  else if (answer === 'reset') request.socket.resetAndDestroy();
  else {
    response.writeHead(answer.status, { 'content-length': Buffer.byteLength(answer.body), ...answer.headers });
    response.end(answer.body);
  }
}

async function bodyOrRefusal(body: Promise<Buffer>, response: ServerResponse, maximumBytes: number): Promise<Buffer> {
  try {
    return await body;
  } catch (error) {
    if (error instanceof SyntaxError) {
      const headers = { 'content-type': 'application/json', 'x-amzn-errortype': 'SerializationException' };
      response.writeHead(400, headers).end(JSON.stringify({ message: error.message, Message: error.message }));
      return Buffer.alloc(0);
    }
    if (!(error instanceof RangeError)) throw error;
    const headers = { 'content-type': 'application/json', 'x-amzn-errortype': 'RequestEntityTooLarge' };
    const message = `HTTP content length exceeded ${maximumBytes} bytes.`;
    response.writeHead(413, headers).end(JSON.stringify({ message, Message: message }));
    return Buffer.alloc(0);
  }
}

async function forward(
  { api, motoUrl }: HttpContext,
  request: IncomingMessage,
  wire: WireRequest,
  body: Buffer | undefined,
  response: ServerResponse,
): Promise<void> {
  const service = signedService(wire) ?? 'unknown';
  const operation = operationName(wire);
  if (motoUrl === undefined) {
    request.resume();
    const message = `The local AWS does not emulate ${service} ${operation}, and no moto server is configured to forward it to.`;
    const headers = { 'content-type': 'application/json', 'x-amzn-errortype': 'NotImplemented' };
    response.writeHead(501, headers).end(JSON.stringify({ __type: 'NotImplemented', message, Message: message }));
    return;
  }
  const caller = identifyCaller(wire, api.principals);
  const form = new URLSearchParams(wire.body.toString('utf8'));
  const input = form.has('Action') ? Object.fromEntries(form) : Object.fromEntries(wire.query);
  api.calls.record({ at: api.now(), service, operation, input, caller, error: undefined, forwarded: true });
  await forwardToMoto(motoUrl, caller.place, request, body, response);
}

function operationName(wire: WireRequest): string {
  const target = headerOf(wire, 'x-amz-target')?.split('.')[1];
  const action = new URLSearchParams(wire.body.toString('utf8')).get('Action');
  return target ?? action ?? `${wire.method} ${wire.path}`;
}

function fail({ log }: HttpContext, request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  log(`${request.method ?? ''} ${request.url ?? ''} failed inside the local AWS: ${message}`);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const headers = { 'content-type': 'application/json', 'x-amzn-errortype': 'InternalFailure' };
  response.writeHead(500, headers).end(JSON.stringify({ __type: 'InternalFailure', message, Message: message }));
}
