import type { HttpBindings } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import { infer } from './inference.ts';
import type { AppContext } from './context.ts';
import type { Reply } from '../codecs/request-form.ts';
import { answerHeaders, requestIdOf } from '../http/answer-headers.ts';
import { tooLarge } from '../http/body-reader.ts';
import { Problem, renderProblem } from '../http/problem.ts';

interface Variables {
  readonly requestId: string;
}

/** Hono's type parameters for the server's routes. */
export interface AppEnvironment {
  Bindings: Partial<HttpBindings>;
  Variables: Variables;
}

/** The server as a value: all routes over one context, not listening. */
export function createApp(context: AppContext): Hono<AppEnvironment> {
  const app = new Hono<AppEnvironment>();

  app.use(async (c, next) => {
    const headers = c.req.header();
    const requestId = requestIdOf(headers, context.nextRequestId);
    c.set('requestId', requestId);
    await next();
    const own = answerHeaders(headers, context.configuration.releaseId, requestId);
    for (let index = 0; index < own.length; index += 2) c.header(own[index] ?? '', own[index + 1]);
  });

  app.get('/', (c) => c.json({ status: 'live', message: 'The inference server is live.', docs: '/docs' }));
  app.get('/ping', (c) => {
    const isReady = context.lifecycle.phase === 'ready';
    return c.json({ status: isReady ? 'ready' : context.lifecycle.phase }, isReady ? 200 : 503);
  });
  app.post('/predict', async (c) => await inferThroughHono(c, context, 'predict'));
  app.post('/invocations', async (c) => await inferThroughHono(c, context, 'invocations'));

  app.notFound((c) => {
    const known = app.routes.some(({ path, method }) => path === c.req.path && method !== 'ALL');
    return known
      ? problemResponse(c, new Problem(405, `${c.req.path} does not answer ${c.req.method}`))
      : problemResponse(c, new Problem(404, `there is nothing at ${c.req.path}; /docs lists what there is`));
  });
  app.onError((error, c) => {
    if (error instanceof Problem) return problemResponse(c, error);
    context.logger('error', 'request failed unexpectedly', { path: c.req.path, error: error.stack ?? error.message });
    return problemResponse(c, new Problem(500, 'the server failed on this request; its log says why'));
  });
  return app;
}

function problemResponse(c: Context<AppEnvironment>, problem: Problem): Response {
  return new Response(renderProblem(problem, c.req.path, c.get('requestId')), {
    status: problem.status,
    headers: { ...problem.headers, 'content-type': 'application/problem+json' },
  });
}

async function inferThroughHono(
  c: Context<AppEnvironment>,
  context: AppContext,
  route: 'predict' | 'invocations',
): Promise<Response> {
  const model = context.defaultModel();
  if (model === undefined) throw new Problem(503, 'the model is not loaded yet', { headers: { 'retry-after': '1' } });
  const body = Buffer.from(await c.req.arrayBuffer());
  const maxBytes = context.configuration.maxBodyMebibytes * 1024 * 1024;
  if (body.length > maxBytes) throw tooLarge(maxBytes, `${body.length} bytes`);
  const reply = await new Promise<Reply | Problem>((resolve) => {
    const request = {
      route,
      headers: c.req.header(),
      body,
      deadline: context.now() + context.configuration.requestTimeoutSeconds * 1000,
      isAbandoned: () => false,
    };
    infer(request, model, resolve);
  });
  if (reply instanceof Problem) throw reply;
  return new Response(typeof reply.body === 'string' ? reply.body : new Uint8Array(reply.body), {
    status: reply.status,
    headers: { ...reply.headers, 'content-type': reply.contentType },
  });
}
