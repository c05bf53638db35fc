import { renderRow } from './render-json-tensor.ts';
import { inputsFromRows, isObject } from './named-columns.ts';
import { bodyText } from './body-text.ts';
import { mainOutput, type Codec, type DecodedRequest } from './codec.ts';
import { parseBody } from './json-body.ts';
import { invalid, Problem } from '../errors/problem.ts';
import type { Signature } from '../signature/signature.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** One JSON row a line. */
export const jsonlines: Codec = {
  name: 'jsonlines',
  mediaTypes: ['application/jsonlines', 'application/x-jsonlines', 'application/jsonl', 'application/x-ndjson'],
  contentType: 'application/jsonlines',
  isBinary: false,
  isV2: false,
  documentation: [
    {
      mediaType: '`application/jsonlines`',
      request: 'one row a line, as a list or an object',
      response: 'one `{"prediction": …}` a line',
    },
  ],
  decode: ({ body }, signature) => decodeJsonLines(bodyText(body), signature),
  encode: (outputs, form, model) => ({
    status: 200,
    contentType: jsonlines.contentType,
    body: renderJsonLines(mainOutput(outputs, form, model)),
  }),
};

/** Reads one row a line: a list of values, or an object with `features`, named columns or named inputs. @throws Problem */
function decodeJsonLines(text: string, signature: Signature): DecodedRequest {
  const rows: unknown[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      rows.push(parseBody(line, signature));
    } catch (error) {
      throw error instanceof Problem
        ? new Problem(400, `line ${index + 1}: ${error.message}`, { cause: error })
        : error;
    }
  }
  if (rows.length === 0) throw invalid(['body'], 'the body has no lines', 'missing');
  const isMixed = rows.some(isObject) && !rows.every(isObject);
  if (isMixed) throw invalid(['body'], 'lines with objects and lines with lists are mixed', 'object_type');
  return { inputs: inputsFromRows(rows, signature, ['body']), form: { kind: 'instances' } };
}

/** One `{"prediction": …}` a line for every row of the output. */
function renderJsonLines(output: Tensor): string {
  if (output.shape.length === 0) return `{"prediction":${renderRow({ ...output, shape: [1] }, 0)}}\n`;
  let text = '';
  for (let row = 0; row < (output.shape[0] ?? 0); row++) text += `{"prediction":${renderRow(output, row)}}\n`;
  return text;
}
