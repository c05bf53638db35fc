import type { IncomingHttpHeaders } from 'node:http';
import type { JobOutcome } from '../batching/job.ts';
import {
  decodeRequest,
  type EncodedRequest,
  type InferenceRoute,
  type UnderstoodRequest,
} from '../codecs/decode-request.ts';
import { encodeReply } from '../codecs/encode-reply.ts';
import { acceptedFormat } from '../codecs/media-types.ts';
import type { Format, Reply, RequestForm } from '../codecs/request-form.ts';
import { single } from '../http/answer-headers.ts';
import { Problem } from '../http/problem.ts';
import type { ServedModel } from '../model/served-model.ts';
import type { Signature } from '../model/signature.ts';
import type { Tensor } from '../model/tensor.ts';

/** A request for an inference, free of the HTTP library that it came through. */
export interface InferenceRequest {
  readonly route: InferenceRoute;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Clock milliseconds after which the caller gets 503. */
  readonly deadline: number;
  readonly isAbandoned: () => boolean;
}

/** What all requests are held to. */
export interface InferencePolicy {
  readonly maxBytes: number;
  readonly defaultAccept: string | undefined;
}

/** Runs one request; `answer` is called once, now or later, with the reply. @throws Problem for what is wrong with it */
export function infer(
  request: InferenceRequest,
  model: ServedModel,
  policy: InferencePolicy,
  answer: (result: Reply | Problem) => void,
): void {
  const { headers } = request;
  const { signature } = model;
  const understood = decode(
    {
      route: request.route,
      contentType: headers['content-type'],
      jsonLength: single(headers['inference-header-content-length']),
      contentEncoding: headers['content-encoding'],
      body: request.body,
    },
    signature,
    policy.maxBytes,
  );
  const { form } = understood;
  const format = answerFormat(headers, understood.format, form, policy);
  const usesVendorType = headers['content-type']?.startsWith('application/vnd.sagemaker-triton') === true;
  const inputs = preprocess(understood.inputs, model);
  const rows = inputs[0]?.shape[0] ?? 1;
  model.scheduler.submit({
    inputs,
    rows,
    batchKey: model.isBatched && rows > 0 ? batchKeyOf(inputs, rows) : undefined,
    deadline: request.deadline,
    isAbandoned: request.isAbandoned,
    settle: (outcome) => answer(replyOf(outcome, form, format, model, usesVendorType)),
  });
}

function decode(request: EncodedRequest, signature: Signature, maxBytes: number): UnderstoodRequest {
  try {
    return decodeRequest(request, signature, maxBytes);
  } catch (error) {
    // Protocol v2 knows 400 alone for a request that does not fit.
    if (request.route !== 'v2' || !(error instanceof Problem) || error.status !== 422) throw error;
    throw new Problem(400, error.message, { errors: error.errors, cause: error });
  }
}

function answerFormat(
  headers: IncomingHttpHeaders,
  format: Format,
  form: RequestForm,
  policy: InferencePolicy,
): Format {
  // A v2 request says itself which outputs it wants in binary; Accept can only choose another kind of answer.
  const natural = form.kind === 'v2' ? 'json' : format;
  const accept = headers.accept;
  if (accept !== undefined && accept !== '*/*' && accept !== '') return acceptedFormat(accept, natural);
  return form.kind === 'v2' ? natural : acceptedFormat(policy.defaultAccept, natural);
}

function preprocess(inputs: readonly Tensor[], { signature }: ServedModel): readonly Tensor[] {
  if (!signature.inputs.some((input) => input.preprocess !== undefined)) return inputs;
  return inputs.map((tensor, index) => signature.inputs[index]?.preprocess?.(tensor) ?? tensor);
}

function postprocess(outputs: readonly Tensor[], { signature }: ServedModel): readonly Tensor[] {
  if (!signature.outputs.some((output) => output.postprocess !== undefined)) return outputs;
  return outputs.map((tensor, index) => signature.outputs[index]?.postprocess?.(tensor) ?? tensor);
}

/** What the inputs of requests that share a run must have in common: all dimensions but the first. */
function batchKeyOf(inputs: readonly Tensor[], rows: number): string | undefined {
  let key = '';
  for (const { shape } of inputs) {
    if (shape[0] !== rows) return undefined;
    for (let axis = 1; axis < shape.length; axis++) key += `${shape[axis] ?? 0},`;
    key += ';';
  }
  return key;
}

function replyOf(
  outcome: JobOutcome,
  form: RequestForm,
  format: Format,
  model: ServedModel,
  usesVendorType: boolean,
): Reply | Problem {
  if (outcome.kind === 'failed') return problemOfFailure(outcome.error);
  try {
    return encodeReply(postprocess(outcome.outputs, model), form, format, model, usesVendorType);
  } catch (error) {
    if (error instanceof Problem) return error;
    const reason = error instanceof Error ? error.message : String(error);
    return new Problem(500, `the answer could not be rendered: ${reason}`, { cause: error });
  }
}

/** A model that refuses validated inputs refuses their content: an index out of range, shapes that do not go together. */
function problemOfFailure(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const reason = error instanceof Error ? error.message : String(error);
  if (/bad_alloc|failed to allocate|out of memory/i.test(reason)) {
    return new Problem(503, 'there is not enough memory to run these inputs', {
      cause: error,
      headers: { 'retry-after': '1' },
    });
  }
  return new Problem(400, `the model could not run on these inputs: ${reason}`, { cause: error });
}
