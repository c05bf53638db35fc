import { renderNested, renderRow, rowsFromJson } from './json-tensor.ts';
import { parseJson, parseJsonExactly } from './lossless-json.ts';
import type { DecodedRequest, RequestForm } from './request-form.ts';
import { describeValue, invalid, Problem } from '../http/problem.ts';
import type { ServedModel } from '../model/served-model.ts';
import type { Tensor } from '../model/tensor.ts';

/** Parses JSON text, keeping long integers exact where the model has 64-bit inputs. @throws Problem 400 */
export function parseBody(text: string, model: Pick<ServedModel, 'inputs'>): unknown {
  const needsExact = model.inputs.some(({ type }) => type === 'int64' || type === 'uint64');
  return needsExact ? parseJsonExactly(text) : parseJson(text);
}

/** Reads `{"features": …}`. @throws Problem 422 */
export function decodeSimpleJson(body: unknown, model: ServedModel): DecodedRequest {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalid(
      ['body'],
      `the body must be a JSON object such as {"features": [...]}, got ${describeValue(body)}`,
      'object_type',
    );
  }
  if ('features' in body && Object.hasOwn(body, 'features')) {
    const index = model.signature.primaryInput;
    const spec = index === undefined ? undefined : model.inputs[index];
    if (index === undefined || spec === undefined) {
      const names = model.inputs.map(({ name }) => `"${name}"`).join(', ');
      throw new Problem(
        422,
        `the model has several inputs (${names}): name each of them, or choose one in signature.json`,
      );
    }
    const { tensor, isRow } = rowsFromJson(body.features, spec, ['body', 'features'], {
      input: spec.name,
      columns: model.signature.inputs[index]?.columns,
    });
    return { inputs: [tensor], form: { kind: 'features', isRow } };
  }
  throw invalid(['body', 'features'], 'field "features" is missing', 'missing');
}

/** Renders `{"prediction": …}`: a row's own values for a single row, else the output as it is. */
export function renderSimpleJson(output: Tensor, form: RequestForm): string {
  if (form.kind === 'features' && form.isRow && output.shape.length > 1 && output.shape[0] === 1) {
    return `{"prediction":${renderRow(output, 0)}}`;
  }
  return `{"prediction":${renderNested(output)}}`;
}
