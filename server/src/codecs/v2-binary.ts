import type { Codec } from './codec.ts';
import { decodeV2 } from './decode-v2.ts';
import { encodeV2, tritonMediaType } from './encode-v2.ts';
import { parseBody } from './json-body.ts';
import { splitBinaryBody } from './v2-binary-tensors.ts';

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
  decode: ({ body, jsonLength, mediaType }, signature) => {
    const { json, binary } = splitBinaryBody(body, jsonLength);
    return decodeV2(parseBody(json, signature), binary, signature, mediaType.name === tritonMediaType);
  },
  encode: (outputs, form, model) => {
    const requested = form.kind === 'v2' ? form.outputs : model.signature.outputs.map((_, index) => ({ index }));
    // An Accept of this format takes precedence over the outputs that the request wants in JSON.
    const binary = requested.map(({ index }) => ({ index, isBinary: true }));
    const { id, usesTritonMediaType } = form.kind === 'v2' ? form : { id: undefined, usesTritonMediaType: false };
    return encodeV2(outputs, { kind: 'v2', id, outputs: binary, usesTritonMediaType }, model);
  },
};
