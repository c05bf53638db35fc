import { bodyText } from './body-text.ts';
import { mainOutput, type Codec, type InferenceProtocol, type Payload } from './codec.ts';
import { isV2Body, stepsOfV2 } from './decode-v2.ts';
import { encodeV2 } from './encode-v2.ts';
import { decodeSimpleJson, parseBody, renderSimpleJson, stepsOfSimpleJson } from './json-body.ts';
import type { Reading } from './json-table.ts';
import { scanLargeJson } from './scan-large-json.ts';
import { runAtOnce } from './steps.ts';
import { labelAndScores, renderClassifiedJson } from './label-and-scores.ts';
import { stepsOfBinary } from './v2-binary.ts';
import { Problem } from '../errors/problem.ts';
import type { Signature } from '../signature/signature.ts';

/** JSON: the simple bodies of {@link decodeSimpleJson}, and protocol v2 on its routes and on /invocations. */
export const json: Codec = {
  name: 'json',
  mediaTypes: ['application/json', 'text/json'],
  contentType: 'application/json',
  isBinary: false,
  isV2: true,
  documentation: [
    {
      mediaType: '`application/json`',
      request: '`{"features": …}`, or the bare value: the whole input, or one row of it',
      response: '`{"prediction": …}`: the values of one row, or the whole output',
    },
    {
      request:
        '`{"instances": […]}`: a list of rows, as lists or as objects by name; also `dataframe_records` and `dataframe_split`',
      response: '`{"predictions": […]}`',
    },
    {
      request:
        '`{"width": 1, "height": 2}` or `{"width": [1, 3], "height": [2, 4]}`: by the names of columns or inputs',
      response: '`{"prediction": …}`',
    },
    { request: '`{"inputs": {"a": …, "b": …}}`: several inputs by name, each whole', response: '`{"prediction": …}`' },
    {
      request:
        '`{"inputs": [{"name", "shape", "datatype", "data"}]}`: protocol v2, on `/invocations` and the v2 routes',
      response: 'protocol v2',
    },
  ],
  decode: (payload, signature) => {
    const { protocol, jsonLength } = payload;
    // A JSON Content-Type with the length of a JSON part announces the binary tensors that follow it.
    if (jsonLength !== undefined) return runAtOnce(stepsOfBinary(payload, signature));
    const text = bodyText(payload.body);
    if (text === '') throw new Problem(400, 'the body is empty; send for example {"features": [...]}');
    const body = parseBody(text, signature);
    return isV2(protocol, body)
      ? runAtOnce(stepsOfV2(body, undefined, readingOf(payload, signature)))
      : decodeSimpleJson(body, signature);
  },
  decodeInSteps: function* (payload, signature) {
    if (payload.jsonLength !== undefined) return yield* stepsOfBinary(payload, signature);
    const body = yield* scanLargeJson(payload.body, (text) => parseBody(text, signature));
    const reading = readingOf(payload, signature);
    return yield* isV2(payload.protocol, body) ? stepsOfV2(body, undefined, reading) : stepsOfSimpleJson(body, reading);
  },
  encode: (outputs, form, model) => {
    if (form.kind === 'v2') return encodeV2(outputs, form, model);
    const classified = labelAndScores(outputs, form, model);
    const body =
      classified === undefined
        ? renderSimpleJson(mainOutput(outputs, form, model), form)
        : renderClassifiedJson(classified, form);
    return { status: 200, contentType: json.contentType, body };
  },
};

function isV2(protocol: InferenceProtocol, body: unknown): boolean {
  return protocol === 'v2' || (protocol === 'invocations' && isV2Body(body));
}

function readingOf({ body }: Payload, signature: Signature): Reading {
  // Each element takes a character and a comma at least.
  return { signature, share: { value: 0 }, mostElements: Math.ceil(body.length / 2) };
}
