import { renderRow } from './render-json-tensor.ts';
import { inputsFromRows, isObject } from './named-columns.ts';
import { parseBody } from './simple-json.ts';
import type { DecodedRequest } from './request-form.ts';
import { invalid, Problem } from '../http/problem.ts';
import type { Signature } from '../model/signature.ts';
import type { Tensor } from '../model/tensor.ts';

/** Reads one row a line: a list of values, or an object with `features`, named columns or named inputs. @throws Problem */
export function decodeJsonLines(text: string, signature: Signature): DecodedRequest {
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
  if (isMixed) throw invalid(['body'], 'either every line is an object, or none is', 'object_type');
  return { inputs: inputsFromRows(rows, signature, ['body']), form: { kind: 'instances' } };
}

/** One `{"prediction": …}` a line for every row of the output. */
export function renderJsonLines(output: Tensor): string {
  if (output.shape.length === 0) return `{"prediction":${renderRow({ ...output, shape: [1] }, 0)}}\n`;
  let text = '';
  for (let row = 0; row < (output.shape[0] ?? 0); row++) text += `{"prediction":${renderRow(output, row)}}\n`;
  return text;
}
