import { renderDocsPage } from './docs-page.ts';
import { multiModelRoutes } from './multi-model-routes.ts';
import { openApiDocument } from './openapi.ts';
import type { HealthRoute, Route } from './route.ts';
import { v2Routes } from './v2-routes.ts';
import { renderMetrics } from '../telemetry/metrics.ts';

/** The health check of SageMaker. */
export const healthRoute: HealthRoute = {
  kind: 'health',
  method: 'GET',
  path: '/ping',
  documentation: {
    summary: 'Health as SageMaker checks it',
    tag: 'server',
    responses: { 200: 'Ready.', 503: 'Starting or draining.' },
  },
};

/** All routes of the server. Routing, /openapi.json, the labels of metrics and `Allow` headers are derived from them. */
export const routes: readonly Route[] = [
  {
    kind: 'hono',
    method: 'GET',
    path: '/',
    documentation: { summary: 'Live message', tag: 'server', responses: { 200: 'The server is live.' }, isJson: true },
    respond: (c) => c.json({ status: 'live', message: 'The inference server is live.', docs: '/docs' }),
  },
  healthRoute,
  {
    kind: 'hono',
    method: 'GET',
    path: '/execution-parameters',
    documentation: {
      summary: 'Parameters for batch transform',
      tag: 'server',
      responses: { 200: 'Parameters.' },
      isJson: true,
    },
    respond: (c, { processors, configuration }) =>
      c.json({
        MaxConcurrentTransforms: processors,
        BatchStrategy: 'MULTI_RECORD',
        MaxPayloadInMB: Math.max(1, Math.floor(configuration.maxBodyMebibytes)),
      }),
  },
  {
    kind: 'hono',
    method: 'GET',
    path: '/metrics',
    documentation: { summary: 'Prometheus metrics', tag: 'server', responses: { 200: 'Metrics in text format.' } },
    respond: async (c, { collectMetrics }) =>
      c.text(renderMetrics(await collectMetrics()), 200, {
        'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      }),
  },
  {
    kind: 'hono',
    method: 'GET',
    path: '/openapi.json',
    respond: async (c, context) => c.json(await openApiDocument(context, routes)),
  },
  {
    kind: 'hono',
    method: 'GET',
    path: '/docs',
    respond: async (c, context) => c.html(renderDocsPage(await openApiDocument(context, routes))),
  },
  {
    kind: 'inference',
    method: 'POST',
    path: '/predict',
    protocol: 'predict',
    documentation: { summary: 'Predict', tag: 'inference' },
  },
  {
    kind: 'inference',
    method: 'POST',
    path: '/invocations',
    protocol: 'invocations',
    documentation: { summary: 'Invoke as SageMaker does', tag: 'inference' },
  },
  ...v2Routes,
  ...multiModelRoutes,
];
