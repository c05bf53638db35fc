import type { IncomingHttpHeaders } from 'node:http';
import type { AppContext, Phase } from './context.ts';
import { routeLabel, routePattern, type Route } from './route.ts';
import { demandVersion } from './served-version.ts';
import type { InferenceProtocol } from '../codecs/codec.ts';
import { Problem } from '../errors/problem.ts';
import { single } from '../http/response-headers.ts';
import type { ServedModel } from '../model/served-model.ts';

/** The model that an inference request names, and the protocol of its route. */
export interface InferenceTarget {
  readonly protocol: InferenceProtocol;
  /** The route for metrics and logs: names replaced by placeholders. */
  readonly label: string;
  /** Undefined: the only model, or the one in the target-model header. */
  readonly modelName: string | undefined;
  readonly version: string | undefined;
}

/** Finds the inference that a POST to a URL runs, or undefined if the URL is no inference route. */
export function createInferenceMatcher(routes: readonly Route[]): (url: string) => InferenceTarget | undefined {
  const fixed = new Map<string, InferenceTarget>();
  const patterns: { readonly pattern: RegExp; readonly target: InferenceTarget }[] = [];
  for (const route of routes) {
    if (route.kind !== 'inference') continue;
    const { protocol, path } = route;
    const target = { protocol, label: routeLabel(route), modelName: undefined, version: undefined };
    if (path.includes(':')) patterns.push({ pattern: routePattern(route), target });
    else fixed.set(path, target);
  }
  return (url) => {
    const query = url.indexOf('?');
    const path = query < 0 ? url : url.slice(0, query);
    const target = fixed.get(path);
    if (target !== undefined) return target;
    for (const candidate of patterns) {
      const groups = candidate.pattern.exec(path)?.groups;
      if (groups === undefined) continue;
      const { name, version } = groups;
      return { ...candidate.target, modelName: decodeSegment(name), version: decodeSegment(version) };
    }
    return undefined;
  };
}

/** A path segment with its percent escapes decoded; unchanged if they are malformed. */
function decodeSegment(segment: string | undefined): string | undefined {
  if (segment?.includes('%') !== true) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The model for a request. @throws Problem 503 while no model can be served, 404 for an unknown one */
export function resolveModel(
  context: AppContext,
  target: InferenceTarget,
  headers: IncomingHttpHeaders,
): ServedModel | Promise<ServedModel> {
  if (context.lifecycle.phase !== 'ready') throw notReady(context.lifecycle.phase);
  const name = target.modelName ?? single(headers['x-amzn-sagemaker-target-model']);
  if (name === undefined) {
    const model = context.models.defaultModel();
    if (model !== undefined) return model;
    const [first] = context.models.list();
    if (first !== undefined && context.models.list().length === 1) return context.models.acquire(first.name);
    throw severalModels(context);
  }
  const model = context.models.acquire(name);
  const { version } = target;
  if (version === undefined) return model;
  return model instanceof Promise
    ? model.then((loaded) => demandVersion(loaded, version))
    : demandVersion(model, version);
}

function notReady(phase: Phase): Problem {
  return phase === 'draining'
    ? new Problem(503, 'the server is shutting down', { headers: { 'retry-after': '1', connection: 'close' } })
    : new Problem(503, 'the model is not loaded yet', { headers: { 'retry-after': '1' } });
}

function severalModels(context: AppContext): Problem {
  const names = context.models.list().map(({ name }) => `"${name}"`);
  return names.length === 0
    ? new Problem(404, 'no model is loaded: load one with POST /models')
    : new Problem(400, `name one of the models ${names.join(', ')} in the header X-Amzn-SageMaker-Target-Model`);
}
