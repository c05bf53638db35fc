import type { IncomingHttpHeaders } from 'node:http';
import type { AppContext, Phase } from './context.ts';
import type { InferenceRoute } from '../codecs/decode-request.ts';
import { single } from '../http/answer-headers.ts';
import { Problem } from '../http/problem.ts';
import type { ServedModel } from '../model/served-model.ts';

/** Which model an inference request is for, and in whose manner. */
export interface InferenceTarget {
  readonly route: InferenceRoute;
  /** The route for metrics and logs: names replaced by placeholders. */
  readonly label: string;
  /** Undefined: the one model, or what the target-model header says. */
  readonly modelName: string | undefined;
  readonly version: string | undefined;
}

const plainTargets = new Map<string, InferenceTarget>([
  ['/predict', { route: 'predict', label: '/predict', modelName: undefined, version: undefined }],
  ['/invocations', { route: 'invocations', label: '/invocations', modelName: undefined, version: undefined }],
]);

const v2Pattern = /^\/v2\/models\/([^/?]+)(?:\/versions\/([^/?]+))?\/infer$/;
const invokePattern = /^\/models\/([^/?]+)\/invoke$/;

/** The inference that a POST to a URL asks for, or undefined where it is none. */
export function inferenceTarget(url: string): InferenceTarget | undefined {
  const plain = plainTargets.get(url);
  if (plain !== undefined) return plain;
  const query = url.indexOf('?');
  const path = query < 0 ? url : url.slice(0, query);
  const direct = plainTargets.get(path);
  if (direct !== undefined) return direct;
  const v2 = v2Pattern.exec(path);
  if (v2 !== null) {
    const label = v2[2] === undefined ? '/v2/models/{name}/infer' : '/v2/models/{name}/versions/{version}/infer';
    return { route: 'v2', label, modelName: decodeSegment(v2[1]), version: decodeSegment(v2[2]) };
  }
  const invoke = invokePattern.exec(path);
  if (invoke === null) return undefined;
  return {
    route: 'invocations',
    label: '/models/{name}/invoke',
    modelName: decodeSegment(invoke[1]),
    version: undefined,
  };
}

/** A path segment without its percent escapes; as it is where they are malformed. */
function decodeSegment(segment: string | undefined): string | undefined {
  if (segment?.includes('%') !== true) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** The model for a request. @throws Problem 503 while none can be served, 404 for an unknown one */
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
  if (target.version === undefined) return model;
  const { version } = target;
  return model instanceof Promise ? model.then((loaded) => ofVersion(loaded, version)) : ofVersion(model, version);
}

function ofVersion(model: ServedModel, version: string): ServedModel {
  if (model.version === version) return model;
  throw new Problem(404, `model "${model.name}" has version "${model.version}", not "${version.slice(0, 100)}"`);
}

/** The answer to an inference that comes too early or too late. */
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
