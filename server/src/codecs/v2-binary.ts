import { bodyText } from './body-text.ts';
import type { Codec, DecodedRequest, Payload } from './codec.ts';
import { stepsOfV2 } from './decode-v2.ts';
import { encodeV2, tritonMediaType } from './encode-v2.ts';
import { parseBody } from './json-body.ts';
import { scanLargeJson } from './scan-large-json.ts';
import { runAtOnce, type Steps } from './steps.ts';
import { splitBinaryBody } from './v2-binary-tensors.ts';
import type { Signature } from '../signature/signature.ts';

/** Protocol v2 with the binary tensor data extension. */
export const v2Binary: Codec = {
  name: 'v2-binary',
  mediaTypes: ['application/octet-stream', tritonMediaType],
  contentType: 'application/octet-stream',
  isBinary: true,
  isV2: true,
  documentation: [
    {
      mediaType: '`application/octet-stream`',
      request: 'protocol v2 binary, with `Inference-Header-Content-Length`',
      response: 'the same',
    },
    {
      mediaType: `\`${tritonMediaType};json-header-size=N\``,
      request: "the same, as SageMaker's clients send it",
      response: 'the same',
    },
  ],
  decode: (payload, signature) => runAtOnce(stepsOfBinary(payload, signature)),
  decodeInSteps: stepsOfBinary,
  encode: (outputs, form, model) => {
    const requested = form.kind === 'v2' ? form.outputs : model.signature.outputs.map((_, index) => ({ index }));
    // An Accept of this format takes precedence over the outputs that the request wants in JSON.
    const binary = requested.map(({ index }) => ({ index, isBinary: true }));
    const { id, usesTritonMediaType } = form.kind === 'v2' ? form : { id: undefined, usesTritonMediaType: false };
    return encodeV2(outputs, { kind: 'v2', id, outputs: binary, usesTritonMediaType }, model);
  },
};

/** JSON headers from this length on are read in steps: their inputs may have JSON data. */
const largeHeaderBytes = 262_144;

/** Reads a JSON part and the binary tensors that follow it, in steps. @throws Problem */
export function* stepsOfBinary({ body, jsonLength, mediaType }: Payload, signature: Signature): Steps<DecodedRequest> {
  const { header, binary } = splitBinaryBody(body, jsonLength);
  const parse = (text: string): unknown => parseBody(text, signature);
  const json = header.length < largeHeaderBytes ? parse(bodyText(header)) : yield* scanLargeJson(header, parse);
  const reading = { signature, share: { value: 0 }, mostElements: Math.ceil(header.length / 2) };
  return yield* stepsOfV2(json, binary, reading, mediaType.name === tritonMediaType);
}
