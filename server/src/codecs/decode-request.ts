import { requestCodec } from './choose-codec.ts';
import type { Codec, DecodedRequest, InferenceProtocol, Payload } from './codec.ts';
import { checkLimits, checkShape } from './fit-input.ts';
import type { Steps } from './steps.ts';
import { Problem } from '../errors/problem.ts';
import type { InputSignature, Signature } from '../signature/signature.ts';
import { sliceRows, type Tensor } from '../tensor/tensor.ts';

/** A request body, not compressed, and the headers that describe it. */
export interface EncodedRequest {
  readonly protocol: InferenceProtocol;
  readonly contentType: string | undefined;
  /** Inference-Header-Content-Length. */
  readonly jsonLength: string | undefined;
  readonly body: Buffer;
}

/** A decoded request and its codec. */
export interface CheckedRequest extends DecodedRequest {
  readonly codec: Codec;
}

/** Reads a request of any format into one checked tensor for each input. @throws Problem */
export function decodeRequest(request: EncodedRequest, signature: Signature, maxBytes: number): CheckedRequest {
  const { codec, payload } = choose(request, maxBytes);
  const { inputs, form } = codec.decode(payload, signature);
  for (let index = 0; index < signature.inputs.length; index++) {
    const input = signature.inputs[index];
    const tensor = inputs[index];
    if (input === undefined || tensor === undefined) continue;
    checkShape(tensor.shape, input, ['body', input.name]);
    if (input.limits !== undefined) checkLimits(tensor, input);
  }
  // Not by spreading the decoded request: that costs more than parsing a small body.
  return { inputs, form, codec };
}

/** The same for a large body, in steps. @throws Problem */
export function* stepsOfRequest(
  request: EncodedRequest,
  signature: Signature,
  maxBytes: number,
): Steps<CheckedRequest> {
  const { codec, payload } = choose(request, maxBytes);
  const { inputs, form } = yield* codec.decodeInSteps(payload, signature);
  for (const [index, input] of signature.inputs.entries()) {
    const tensor = inputs[index];
    if (tensor === undefined) continue;
    checkShape(tensor.shape, input, ['body', input.name]);
    if (input.limits !== undefined) yield* stepsOfLimits(tensor, input);
  }
  return { inputs, form, codec };
}

const stepElements = 65_536;

function* stepsOfLimits(tensor: Tensor, input: InputSignature): Steps<void> {
  const rows = tensor.shape[0] ?? 1;
  const group = Math.max(1, Math.floor((stepElements * rows) / Math.max(1, tensor.data.length)));
  for (let first = 0; first < rows; first += group) {
    const part = tensor.shape.length === 0 ? tensor : sliceRows(tensor, first, Math.min(rows, first + group));
    checkLimits(part, input, first);
    yield;
  }
}

function choose(request: EncodedRequest, maxBytes: number): { readonly codec: Codec; readonly payload: Payload } {
  const { protocol, body } = request;
  const { codec, mediaType } = requestCodec(request.contentType, protocol);
  if (protocol === 'v2' && !codec.isV2) {
    throw new Problem(415, 'the v2 route takes application/json and application/octet-stream only');
  }
  const jsonLength = request.jsonLength ?? mediaType.parameters.get('json-header-size');
  return { codec, payload: { protocol, mediaType, jsonLength, body, maxBytes } };
}
