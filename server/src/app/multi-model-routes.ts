import type { Context } from 'hono';
import type { AppContext } from './context.ts';
import type { HonoEnvironment, Route } from './route.ts';
import { parseJson } from '../codecs/lossless-json.ts';
import { isObject } from '../codecs/json-values.ts';
import { describeValue, invalid, Problem } from '../errors/problem.ts';
import type { RegisteredModel } from '../model/registry.ts';

// The container contract of SageMaker multi-model endpoints:
// https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html

/** The routes that load, list, describe, unload and invoke models. */
export const multiModelRoutes: readonly Route[] = [
  {
    kind: 'hono',
    method: 'GET',
    path: '/models',
    respond: (c, { models }) => c.json(listPage(models.list(), c.req.query('limit'), c.req.query('next_page_token'))),
  },
  {
    kind: 'hono',
    method: 'GET',
    path: '/models/:name',
    respond: (c, { models }) => {
      const name = c.req.param('name') ?? '';
      const found = models.list().find((entry) => entry.name === name && entry.model !== undefined);
      if (found === undefined) throw new Problem(404, `model "${name.slice(0, 100)}" is not loaded`);
      return c.json(describeEntry(found));
    },
  },
  {
    kind: 'hono',
    method: 'POST',
    path: '/models',
    respond: async (c, context) => {
      demandMultiModel(context);
      const { name, directory } = await readLoadRequest(c);
      await context.models.load({ name, directory });
      context.logger('info', 'model loaded', { model: name, directory });
      return c.json({ status: `model "${name}" is loaded` });
    },
  },
  {
    kind: 'hono',
    method: 'DELETE',
    path: '/models/:name',
    respond: async (c, context) => {
      demandMultiModel(context);
      const name = c.req.param('name') ?? '';
      await context.models.unload(name);
      context.logger('info', 'model unloaded', { model: name });
      return c.json({ status: `model "${name}" is unloaded` });
    },
  },
  { kind: 'inference', method: 'POST', path: '/models/:name/invoke', protocol: 'invocations' },
];

function demandMultiModel(context: AppContext): void {
  if (context.configuration.multiModel) return;
  throw new Problem(403, 'models are loaded and unloaded by request only where SAGEMAKER_MULTI_MODEL is true');
}

async function readLoadRequest(c: Context<HonoEnvironment>): Promise<{ name: string; directory: string }> {
  const body = parseJson(await c.req.text());
  if (!isObject(body))
    throw invalid(['body'], `the body must be a JSON object, got ${describeValue(body)}`, 'object_type');
  return { name: requiredString(body, 'model_name'), directory: requiredString(body, 'url') };
}

function requiredString(body: Readonly<Record<string, unknown>>, field: string): string {
  const value = Object.hasOwn(body, field) ? body[field] : undefined;
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
  throw invalid(['body', field], `"${field}" must be a string, got ${describeValue(value)}`, 'string_type');
}

function describeEntry({ name, directory }: RegisteredModel): { modelName: string; modelUrl: string } {
  return { modelName: name, modelUrl: directory };
}

function listPage(
  all: readonly RegisteredModel[],
  limitText: string | undefined,
  token: string | undefined,
): Record<string, unknown> {
  const loaded = all.filter(({ model }) => model !== undefined);
  const start = readCount(token, 'next_page_token', 0);
  const limit = readCount(limitText, 'limit', 100);
  const models = loaded.slice(start, start + limit).map(describeEntry);
  const next = start + models.length;
  return next < loaded.length && models.length > 0 ? { models, nextPageToken: String(next) } : { models };
}

function readCount(text: string | undefined, name: string, fallback: number): number {
  if (text === undefined) return fallback;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw invalid(['query', name], `"${name}" must be a non-negative integer, got ${describeValue(text)}`, 'int_type');
}
