import { decodeCsv } from './csv.ts';
import { checkLimits, checkShape } from './fit-input.ts';
import { decodeJsonLines } from './json-lines.ts';
import { requestFormat } from './media-types.ts';
import { decodeNpy, decodeNpz } from './numpy-bodies.ts';
import type { DecodedRequest, Format } from './request-form.ts';
import { decodeSimpleJson, parseBody } from './simple-json.ts';
import { decodeV2, isV2Body } from './v2.ts';
import { splitBinaryBody } from './v2-binary.ts';
import { Problem } from '../http/problem.ts';
import type { Signature } from '../model/signature.ts';

/** The routes that take inferences: they differ in which JSON bodies they understand. */
export type InferenceRoute = 'predict' | 'invocations' | 'v2';

/** A request body and the headers that say what it is. */
export interface EncodedRequest {
  readonly route: InferenceRoute;
  readonly contentType: string | undefined;
  /** Inference-Header-Content-Length. */
  readonly jsonLength: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly body: Buffer;
}

/** A request understood, and the format it came in. */
export interface UnderstoodRequest extends DecodedRequest {
  readonly format: Format;
}

/** Reads a request of any format into one checked tensor per input. @throws Problem */
export function decodeRequest(request: EncodedRequest, signature: Signature, maxBytes: number): UnderstoodRequest {
  const { contentType, body } = request;
  if (contentType === 'application/json' && request.jsonLength === undefined && request.contentEncoding === undefined) {
    return checked(decodeJson(textOf(body), request.route, signature), 'json', signature);
  }
  if (request.contentEncoding !== undefined && request.contentEncoding !== 'identity') {
    throw new Problem(
      415,
      `Content-Encoding "${request.contentEncoding.slice(0, 40)}" is not understood; send the body as it is`,
    );
  }
  const { format, parameters } = requestFormat(contentType);
  const headerSize = request.jsonLength ?? parameters.get('json-header-size');
  if (format === 'v2-binary' || (format === 'json' && headerSize !== undefined)) {
    const { json, binary } = splitBinaryBody(body, headerSize);
    return checked(decodeV2(parseBody(json, signature), binary, signature), 'v2-binary', signature);
  }
  if (request.route === 'v2' && format !== 'json') {
    throw new Problem(415, 'the v2 route takes application/json and application/octet-stream only');
  }
  return checked(decodeAs(format, parameters.get('header'), request, signature, maxBytes), format, signature);
}

function decodeAs(
  format: Exclude<Format, 'v2-binary'>,
  csvHeader: string | undefined,
  { body, route }: EncodedRequest,
  signature: Signature,
  maxBytes: number,
): DecodedRequest {
  switch (format) {
    case 'json':
      return decodeJson(textOf(body), route, signature);
    case 'jsonlines':
      return decodeJsonLines(textOf(body), signature);
    case 'csv':
      return decodeCsv(textOf(body), signature, csvHeader);
    case 'npy':
      return decodeNpy(body, signature);
    case 'npz':
      // Deflated arrays may be larger than the body; this much larger is still an honest ratio.
      return decodeNpz(body, signature, maxBytes * 4);
  }
}

function decodeJson(text: string, route: InferenceRoute, signature: Signature): DecodedRequest {
  if (text === '') throw new Problem(400, 'the body is empty; send for example {"features": [...]}');
  const body = parseBody(text, signature);
  if (route === 'v2' || (route === 'invocations' && isV2Body(body))) return decodeV2(body, undefined, signature);
  return decodeSimpleJson(body, signature);
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** The body's text. @throws Problem 400 where it is not UTF-8 */
function textOf(body: Buffer): string {
  // Short bodies are nearly always ASCII, for which this is several times faster than a checking decoder.
  if (body.length < 1024) {
    const text = body.toString('latin1');
    if (!/[^\0-\x7f]/.test(text)) return text;
  }
  try {
    return decoder.decode(body);
  } catch (error) {
    throw new Problem(400, 'the body is not valid UTF-8', { cause: error });
  }
}

function checked({ inputs, form }: DecodedRequest, format: Format, signature: Signature): UnderstoodRequest {
  for (let index = 0; index < signature.inputs.length; index++) {
    const input = signature.inputs[index];
    const tensor = inputs[index];
    if (input === undefined || tensor === undefined) continue;
    checkShape(tensor.shape, input, ['body', input.name]);
    if (input.limits !== undefined) checkLimits(tensor, input);
  }
  // Not by spreading the request, which would cost more than parsing a small body.
  return { inputs, form, format };
}
