import { requestCodec } from './choose-codec.ts';
import type { Codec, DecodedRequest, InferenceProtocol } from './codec.ts';
import { checkLimits, checkShape } from './fit-input.ts';
import { Problem } from '../errors/problem.ts';
import type { Signature } from '../signature/signature.ts';

/** A request body and the headers that describe it. */
export interface EncodedRequest {
  readonly protocol: InferenceProtocol;
  readonly contentType: string | undefined;
  /** Inference-Header-Content-Length. */
  readonly jsonLength: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly body: Buffer;
}

/** A decoded request and its codec. */
export interface CheckedRequest extends DecodedRequest {
  readonly codec: Codec;
}

/** Reads a request of any format into one checked tensor for each input. @throws Problem */
export function decodeRequest(request: EncodedRequest, signature: Signature, maxBytes: number): CheckedRequest {
  const { protocol, contentEncoding, body } = request;
  if (contentEncoding !== undefined && contentEncoding !== 'identity') {
    throw new Problem(
      415,
      `Content-Encoding "${contentEncoding.slice(0, 40)}" is not understood; send the body uncompressed`,
    );
  }
  const { codec, mediaType } = requestCodec(request.contentType);
  if (protocol === 'v2' && !codec.isV2) {
    throw new Problem(415, 'the v2 route takes application/json and application/octet-stream only');
  }
  const jsonLength = request.jsonLength ?? mediaType.parameters.get('json-header-size');
  const { inputs, form } = codec.decode({ protocol, mediaType, jsonLength, body, maxBytes }, signature);
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
