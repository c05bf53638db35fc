import type { HttpBindings } from '@hono/node-server';
import { Hono, type Context } from 'hono';
import { pingStatus, type AppContext } from './context.ts';
import { renderDocsPage } from './docs-page.ts';
import { infer } from './inference.ts';
import { inferenceTarget, resolveModel, type InferenceTarget } from './inference-target.ts';
import { renderMetrics } from './metrics.ts';
import { addMultiModelRoutes } from './multi-model-routes.ts';
import { openApiDocument } from './openapi.ts';
import { recordRequest } from './request-log.ts';
import { addV2Routes } from './v2-routes.ts';
import type { Reply } from '../codecs/request-form.ts';
import { answerHeaders, requestIdOf } from '../http/answer-headers.ts';
import { tooLarge } from '../http/body-reader.ts';
import { Problem, renderProblem } from '../http/problem.ts';

/** Hono's type parameters for the server's routes. */
export interface AppEnvironment {
  Bindings: Partial<HttpBindings>;
  Variables: { requestId: string };
}

/** The server as a value: all routes over one context, not listening. */
export function createApp(context: AppContext): Hono<AppEnvironment> {
  const app = new Hono<AppEnvironment>();

  app.use(async (c, next) => {
    const startedAt = context.now();
    const headers = c.req.header();
    const requestId = requestIdOf(headers, context.nextRequestId);
    c.set('requestId', requestId);
    await next();
    const own = answerHeaders(headers, context.configuration.releaseId, requestId);
    for (let index = 0; index < own.length; index += 2) c.header(own[index] ?? '', own[index + 1]);
    if (context.lifecycle.phase === 'draining') c.header('connection', 'close');
    recordRequest(context, {
      method: c.req.method,
      route: routeLabel(c),
      headers,
      requestId,
      status: c.res.status,
      startedAt,
      body: undefined,
      detail: c.error?.message,
    });
  });

  app.get('/', (c) => c.json({ status: 'live', message: 'The inference server is live.', docs: '/docs' }));
  app.get('/ping', (c) => c.json({ status: context.lifecycle.phase }, pingStatus(context.lifecycle.phase)));
  app.get('/execution-parameters', (c) =>
    c.json({
      MaxConcurrentTransforms: context.processors,
      BatchStrategy: 'MULTI_RECORD',
      MaxPayloadInMB: Math.max(1, Math.floor(context.configuration.maxBodyMebibytes)),
    }),
  );
  app.get('/metrics', async (c) =>
    c.text(renderMetrics(await context.collectMetrics()), 200, {
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
    }),
  );
  app.get('/openapi.json', (c) => c.json(openApiDocument(context)));
  app.get('/docs', (c) => c.html(renderDocsPage(openApiDocument(context))));
  addV2Routes(app, context);
  addMultiModelRoutes(app, context);
  for (const path of inferencePaths) app.post(path, async (c) => await inferThroughHono(c, context));

  app.notFound((c) => {
    const methods = methodsAt(app, c.req.path);
    if (methods.length === 0) {
      return problemResponse(c, new Problem(404, `there is nothing at ${c.req.path}; /docs lists what there is`));
    }
    const allow = methods.join(', ');
    const detail = `${c.req.path} does not answer ${c.req.method}, only ${allow}`;
    return problemResponse(c, new Problem(405, detail, { headers: { allow } }));
  });
  app.onError((error, c) => {
    if (error instanceof Problem) return problemResponse(c, error);
    context.logger('error', 'request failed unexpectedly', { path: c.req.path, error: error.stack ?? error.message });
    return problemResponse(c, new Problem(500, 'the server failed on this request; its log says why'));
  });
  return app;
}

const inferencePaths = [
  '/predict',
  '/invocations',
  '/v2/models/:name/infer',
  '/v2/models/:name/versions/:version/infer',
  '/models/:name/invoke',
];

/** The methods that are registered for a path, HEAD with GET. */
function methodsAt(app: Hono<AppEnvironment>, path: string): string[] {
  const methods = new Set<string>();
  for (const route of app.routes) {
    if (route.method === 'ALL') continue;
    const pattern = new RegExp(`^${route.path.replaceAll('.', '\\.').replaceAll(/:[a-z]+/g, '[^/]+')}$`);
    if (!pattern.test(path)) continue;
    methods.add(route.method);
    if (route.method === 'GET') methods.add('HEAD');
  }
  return [...methods];
}

function routeLabel(c: Context<AppEnvironment>): string {
  // An unknown path must not become a label: callers could make up any number of them.
  return c.res.status === 404 && c.error === undefined ? 'unknown' : labelOf(c.req.path);
}

function labelOf(path: string): string {
  return path
    .replace(/^\/v2\/models\/[^/]+/, '/v2/models/{name}')
    .replace(/\/versions\/[^/]+/, '/versions/{version}')
    .replace(/^\/models\/[^/]+/, '/models/{name}');
}

function problemResponse(c: Context<AppEnvironment>, problem: Problem): Response {
  return new Response(renderProblem(problem, c.req.path, c.get('requestId')), {
    status: problem.status,
    headers: { ...problem.headers, 'content-type': 'application/problem+json' },
  });
}

// Over a socket inferences never come this way (http/server.ts takes them first); this serves tests and other adapters.
async function inferThroughHono(c: Context<AppEnvironment>, context: AppContext): Promise<Response> {
  const target: InferenceTarget | undefined = inferenceTarget(c.req.path);
  if (target === undefined) throw new Problem(404, `there is no inference at ${c.req.path}`);
  const headers = c.req.header();
  const model = await resolveModel(context, target, headers);
  const body = Buffer.from(await c.req.arrayBuffer());
  const { maxBytes } = context.policy;
  if (body.length > maxBytes) throw tooLarge(maxBytes, `${body.length} bytes`);
  const reply = await new Promise<Reply | Problem>((resolve) => {
    const deadline = context.now() + context.configuration.requestTimeoutSeconds * 1000;
    const request = { route: target.route, headers, body, deadline, isAbandoned: () => false };
    infer(request, model, context.policy, resolve);
  });
  if (reply instanceof Problem) throw reply;
  return new Response(typeof reply.body === 'string' ? reply.body : new Uint8Array(reply.body), {
    status: reply.status,
    headers: { ...reply.headers, 'content-type': reply.contentType },
  });
}
