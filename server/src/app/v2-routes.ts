import type { Hono } from 'hono';
import type { AppEnvironment } from './app.ts';
import type { AppContext } from './context.ts';
import { modelMetadata, serverName, serverVersion, v2Extensions } from './model-metadata.ts';
import { Problem } from '../http/problem.ts';
import type { ServedModel } from '../model/served-model.ts';

/** Adds the routes of the Open Inference Protocol v2 that are not inferences. */
export function addV2Routes(app: Hono<AppEnvironment>, context: AppContext): void {
  const isReady = (): boolean => context.lifecycle.phase === 'ready';
  for (const path of ['/v2', '/v2/']) {
    app.get(path, (c) => c.json({ name: serverName, version: serverVersion, extensions: v2Extensions }));
  }
  app.get('/v2/health/live', (c) => c.json({ live: true }));
  app.get('/v2/health/ready', (c) => c.json({ ready: isReady() }, isReady() ? 200 : 503));
  for (const path of ['/v2/models/:name', '/v2/models/:name/versions/:version'] as const) {
    app.get(path, async (c) => c.json(modelMetadata(await find(context, c.req.param('name'), c.req.param('version')))));
    app.get(`${path}/ready`, async (c) => {
      const model = await find(context, c.req.param('name'), c.req.param('version'));
      return c.json({ name: model.name, ready: isReady() }, isReady() ? 200 : 503);
    });
    app.get(`${path}/config`, async (c) => {
      const model = await find(context, c.req.param('name'), c.req.param('version'));
      return c.json({ name: model.name, platform: 'onnxruntime_onnx', max_batch_size: model.report().maxBatchRows });
    });
  }
}

async function find(context: AppContext, name: string, version: string | undefined): Promise<ServedModel> {
  const model = await context.models.acquire(name);
  if (version === undefined || version === model.version) return model;
  throw new Problem(404, `model "${name}" has version "${model.version}", not "${version.slice(0, 100)}"`);
}
