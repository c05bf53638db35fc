import { Hono, type Context } from 'hono';
import type { AppContext } from './context.ts';
import { recordRequest } from './request-log.ts';
import { routeLabel, routePattern, type HonoEnvironment } from './route.ts';
import { routes } from './routes.ts';
import { Problem, renderProblem } from '../errors/problem.ts';
import { requestIdOf, responseHeaders } from '../http/response-headers.ts';

/** The routes that Hono serves, and the 404 and 405 of all others. */
export function createRouter(context: AppContext): Hono<HonoEnvironment> {
  const router = new Hono<HonoEnvironment>();

  router.use(async (c, next) => {
    const startedAt = context.now();
    const headers = c.req.header();
    const requestId = requestIdOf(headers, context.nextRequestId);
    c.set('requestId', requestId);
    // A path that has no route must not become a label: callers could make up any number of them.
    c.set('routeLabel', 'unknown');
    await next();
    const own = responseHeaders(headers, context.identity, requestId);
    for (let index = 0; index < own.length; index += 2) c.header(own[index] ?? '', own[index + 1]);
    if (context.lifecycle.phase === 'draining') c.header('connection', 'close');
    recordRequest(context, {
      method: c.req.method,
      route: c.get('routeLabel'),
      headers,
      requestId,
      status: c.res.status,
      startedAt,
      body: undefined,
      detail: c.error?.message,
    });
  });

  for (const route of routes) {
    if (route.kind !== 'hono') continue;
    router.on(route.method, route.path, async (c) => {
      c.set('routeLabel', routeLabel(route));
      return await route.respond(c, context);
    });
  }

  router.notFound((c) => {
    const here = routes.filter((route) => routePattern(route).test(c.req.path));
    const [first] = here;
    if (first === undefined) {
      return problemResponse(c, new Problem(404, `there is nothing at ${c.req.path}; /docs lists what there is`));
    }
    c.set('routeLabel', routeLabel(first));
    const allow = here.map(({ method }) => (method === 'GET' ? 'GET, HEAD' : method)).join(', ');
    const detail = `${c.req.path} does not answer ${c.req.method}, only ${allow}`;
    return problemResponse(c, new Problem(405, detail, { headers: { allow } }));
  });
  router.onError((error, c) => {
    if (error instanceof Problem) return problemResponse(c, error);
    context.logger('error', 'request failed unexpectedly', { path: c.req.path, error: error.stack ?? error.message });
    return problemResponse(c, new Problem(500, 'the server failed on this request; its log says why'));
  });
  return router;
}

function problemResponse(c: Context<HonoEnvironment>, problem: Problem): Response {
  return new Response(renderProblem(problem, c.req.path, c.get('requestId')), {
    status: problem.status,
    headers: { ...problem.headers, 'content-type': 'application/problem+json' },
  });
}
