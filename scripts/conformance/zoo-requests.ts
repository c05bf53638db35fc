import { seededUniform } from '../../server/sample-model/random.ts';
import { packElements, type TensorValue } from './tensor.ts';
import type { ReviewRow } from '../../actions/lib/domain/model-review/row-difference.ts';
import { encodeJsonRequest, type NamedTensor } from './v2.ts';

/** An input of a model: its name, type and the shape of one row. */
export interface RowInput {
  readonly name: string;
  readonly type: 'float32' | 'float64' | 'int64';
  readonly shape: readonly number[];
}

/** Rows that differ in magnitude: a batch that mixes them shows whether they influence each other. */
const magnitudes = [1e-3, 1, 1e3, 0];
const sampleRate = 16_000;

/** Requests of one row each, the same for the same arguments. */
export function mixedRequests(inputs: readonly RowInput[], count: number): readonly (readonly NamedTensor[])[] {
  const uniform = seededUniform(7);
  return Array.from({ length: count }, (_, request) => {
    const magnitude = magnitudes[request % magnitudes.length] ?? 1;
    return inputs.map(({ name, type, shape }) => ({
      name,
      tensor: row(type, shape, () => (uniform() * 2 - 1) * magnitude),
    }));
  });
}

function row(type: RowInput['type'], shape: readonly number[], next: () => number): TensorValue {
  const length = shape.reduce((product, size) => product * size, 1);
  const values = Array.from({ length }, () => (type === 'int64' ? integer(shape, next()) : next()));
  return { type, dims: shape, data: packElements(type, values) };
}

function integer(shape: readonly number[], value: number): bigint {
  return shape.length === 0 ? BigInt(sampleRate) : BigInt(Math.round(value * 4));
}

/** Requests as rows of a review. */
export function requestRows(requests: readonly (readonly NamedTensor[])[]): readonly ReviewRow[] {
  return requests.map((request, index) => ({
    ...{ name: `row ${String(index + 1)}`, origin: 'review file', contentType: 'application/json' },
    ...{ accept: 'application/json', body: Buffer.from(encodeJsonRequest(request).body) },
  }));
}
