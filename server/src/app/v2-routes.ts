import type { AppContext } from './context.ts';
import { modelMetadata, serverName, serverVersion, v2Extensions } from './model-metadata.ts';
import type { HonoRoute, Route } from './route.ts';
import { demandVersion } from './served-version.ts';
import type { ServedModel } from '../model/served-model.ts';

const tag = 'open inference protocol';
const isReady = ({ lifecycle }: AppContext): boolean => lifecycle.phase === 'ready';

/** The routes of the Open Inference Protocol v2. */
export const v2Routes: readonly Route[] = [
  ...['/v2', '/v2/'].map((path): HonoRoute => ({
    kind: 'hono',
    method: 'GET',
    path,
    ...(path === '/v2'
      ? { documentation: { summary: 'Server metadata', tag, responses: { 200: 'Metadata.' }, isJson: true } }
      : {}),
    respond: (c) => c.json({ name: serverName, version: serverVersion, extensions: v2Extensions }),
  })),
  {
    kind: 'hono',
    method: 'GET',
    path: '/v2/health/live',
    documentation: { summary: 'Liveness', tag, responses: { 200: 'Live.' } },
    respond: (c) => c.json({ live: true }),
  },
  {
    kind: 'hono',
    method: 'GET',
    path: '/v2/health/ready',
    documentation: { summary: 'Readiness', tag, responses: { 200: 'Ready.', 503: 'Not ready.' } },
    respond: (c, context) => c.json({ ready: isReady(context) }, isReady(context) ? 200 : 503),
  },
  ...modelRoutes('/v2/models/:name', true),
  ...modelRoutes('/v2/models/:name/versions/:version', false),
];

function modelRoutes(path: string, isDocumented: boolean): Route[] {
  return [
    modelRoute(path, (model) => [modelMetadata(model), 200], isDocumented ? 'Metadata' : undefined),
    modelRoute(`${path}/ready`, ({ name }, context) => [
      { name, ready: isReady(context) },
      isReady(context) ? 200 : 503,
    ]),
    modelRoute(`${path}/config`, ({ name, report }) => [
      { name, platform: 'onnxruntime_onnx', max_batch_size: report().maxBatchRows },
      200,
    ]),
    {
      kind: 'inference',
      method: 'POST',
      path: `${path}/infer`,
      protocol: 'v2',
      ...(isDocumented ? { documentation: { summary: 'Infer', tag } } : {}),
    },
  ];
}

function modelRoute(
  path: string,
  describe: (model: ServedModel, context: AppContext) => readonly [body: object, status: 200 | 503],
  summary?: string,
): HonoRoute {
  return {
    kind: 'hono',
    method: 'GET',
    path,
    ...(summary === undefined
      ? {}
      : { documentation: { summary, tag, responses: { 200: `${summary}.` }, isJson: true } }),
    respond: async (c, context) => {
      const model = await context.models.acquire(c.req.param('name') ?? '');
      return c.json(...describe(demandVersion(model, c.req.param('version')), context));
    },
  };
}
