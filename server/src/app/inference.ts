import type { IncomingHttpHeaders } from 'node:http';
import type { JobOutcome } from '../batching/job.ts';
import { acceptedCodec } from '../codecs/choose-codec.ts';
import type { Codec, InferenceProtocol, Reply, RequestForm } from '../codecs/codec.ts';
import { decodeRequest, stepsOfRequest, type CheckedRequest, type EncodedRequest } from '../codecs/decode-request.ts';
import { json } from '../codecs/json.ts';
import type { Steps } from '../codecs/steps.ts';
import { single } from '../http/response-headers.ts';
import { Problem } from '../errors/problem.ts';
import type { ServedModel } from '../model/served-model.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** An inference request, independent of the HTTP library. */
export interface InferenceRequest {
  readonly protocol: InferenceProtocol;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Clock milliseconds after which the caller gets 503. */
  readonly deadline: number;
  readonly isAbandoned: () => boolean;
}

/** The limits and defaults of all requests. */
export interface InferencePolicy {
  readonly maxBytes: number;
  readonly defaultAccept: string | undefined;
}

/** Runs one request; `respond` is called once, now or later, with the reply. @throws Problem if the request is wrong */
export function infer(
  request: InferenceRequest,
  model: ServedModel,
  policy: InferencePolicy,
  respond: (result: Reply | Problem) => void,
): void {
  let decoded: CheckedRequest;
  try {
    decoded = decodeRequest(encodedRequest(request), model.signature, policy.maxBytes);
  } catch (error) {
    throw asProtocolSays(error, request);
  }
  submit(decoded, request, model, policy, respond);
}

/** The same for a request with a large body, which is read in steps. @throws Problem if the request is wrong */
export function* stepsOfInference(
  request: InferenceRequest,
  model: ServedModel,
  policy: InferencePolicy,
  respond: (result: Reply | Problem) => void,
): Steps<void> {
  let decoded: CheckedRequest;
  try {
    decoded = yield* stepsOfRequest(encodedRequest(request), model.signature, policy.maxBytes);
  } catch (error) {
    throw asProtocolSays(error, request);
  }
  submit(decoded, request, model, policy, respond);
}

function encodedRequest({ protocol, headers, body }: InferenceRequest): EncodedRequest {
  return {
    protocol,
    contentType: headers['content-type'],
    jsonLength: single(headers['inference-header-content-length']),
    body,
  };
}

/** Protocol v2 defines only 400 for a request that does not fit. */
function asProtocolSays(error: unknown, { protocol }: InferenceRequest): unknown {
  if (protocol !== 'v2' || !(error instanceof Problem) || error.status !== 422) return error;
  return new Problem(400, error.message, { errors: error.errors, cause: error });
}

function submit(
  decoded: CheckedRequest,
  request: InferenceRequest,
  model: ServedModel,
  policy: InferencePolicy,
  respond: (result: Reply | Problem) => void,
): void {
  const { form } = decoded;
  const { deadline, isAbandoned } = request;
  const codec = responseCodec(request.headers, decoded.codec, form, policy);
  const inputs = preprocess(decoded.inputs, model);
  const rows = inputs[0]?.shape[0] ?? 1;
  model.scheduler.submit({
    inputs,
    rows,
    batchKey: model.isBatched && rows > 0 ? batchKeyOf(inputs, rows) : undefined,
    deadline,
    isAbandoned,
    settle: (outcome) => respond(replyOf(outcome, form, codec, model)),
  });
}

function responseCodec(headers: IncomingHttpHeaders, codec: Codec, form: RequestForm, policy: InferencePolicy): Codec {
  // A v2 request names the outputs that it wants in binary; Accept can only choose another format.
  const natural = form.kind === 'v2' ? json : codec;
  const accept = headers.accept;
  if (accept !== undefined && accept !== '*/*' && accept !== '') return acceptedCodec(accept, natural);
  return form.kind === 'v2' ? natural : acceptedCodec(policy.defaultAccept, natural);
}

function preprocess(inputs: readonly Tensor[], { signature }: ServedModel): readonly Tensor[] {
  if (!signature.inputs.some((input) => input.preprocess !== undefined)) return inputs;
  return inputs.map((tensor, index) => signature.inputs[index]?.preprocess?.(tensor) ?? tensor);
}

function postprocess(outputs: readonly Tensor[], { signature }: ServedModel): readonly Tensor[] {
  if (!signature.outputs.some((output) => output.postprocess !== undefined)) return outputs;
  return outputs.map((tensor, index) => signature.outputs[index]?.postprocess?.(tensor) ?? tensor);
}

/** Requests share a run only if their keys are equal: all dimensions except the first. */
function batchKeyOf(inputs: readonly Tensor[], rows: number): string | undefined {
  let key = '';
  for (const { shape } of inputs) {
    if (shape[0] !== rows) return undefined;
    for (let axis = 1; axis < shape.length; axis++) key += `${shape[axis] ?? 0},`;
    key += ';';
  }
  return key;
}

function replyOf(outcome: JobOutcome, form: RequestForm, codec: Codec, model: ServedModel): Reply | Problem {
  if (outcome.kind === 'failed') return problemOfFailure(outcome.error);
  try {
    const reply = codec.encode(postprocess(outcome.outputs, model), form, model);
    if (form.kind !== 'instances') return reply;
    return { ...reply, headers: { ...reply.headers, 'x-record-count': String(form.rows) } };
  } catch (error) {
    if (error instanceof Problem) return error;
    const reason = error instanceof Error ? error.message : String(error);
    return new Problem(500, `the response could not be rendered: ${reason}`, { cause: error });
  }
}

/** A run on validated inputs fails because of their content: an index out of range, shapes that do not match. */
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
