import { float32Initializer, tensor, type Graph } from '../../server/sample-model/onnx-writer.ts';
import { seededUniform } from '../../server/sample-model/random.ts';

export const CLASSES = 3;
export const FEATURES = 4;

/** How a classifier is made. */
export interface Planted {
  readonly weights: readonly number[];
  readonly bias: readonly number[];
  readonly input?: string;
  readonly outputs?: readonly ('label' | 'scores')[];
  readonly nodeSuffix?: string;
}

const uniform = seededUniform(7);
export const WEIGHTS = Array.from({ length: FEATURES * CLASSES }, () => uniform() * 2 - 1);
/** The classifier that others differ from. */
export const SAME: Planted = { weights: WEIGHTS, bias: [0, 0, 0] };

/** label = argmax(scores), scores = x · weights + bias. */
export function classifier({
  weights,
  bias,
  input = 'x',
  outputs = ['label', 'scores'],
  nodeSuffix = '',
}: Planted): Graph {
  const types = { label: tensor('int64', ['batch']), scores: tensor('float32', ['batch', CLASSES]) };
  return {
    name: 'classifier',
    inputs: [{ name: input, type: tensor('float32', ['batch', FEATURES]) }],
    outputs: outputs.map((name) => ({ name, type: types[name] })),
    initializers: [
      float32Initializer(`weights${nodeSuffix}`, [FEATURES, CLASSES], [...weights]),
      float32Initializer(`bias${nodeSuffix}`, [CLASSES], [...bias]),
    ],
    nodes: [
      { operator: 'MatMul', inputs: [input, `weights${nodeSuffix}`], outputs: [`product${nodeSuffix}`] },
      { operator: 'Add', inputs: [`product${nodeSuffix}`, `bias${nodeSuffix}`], outputs: ['scores'] },
      {
        operator: 'ArgMax',
        inputs: ['scores'],
        outputs: ['label'],
        attributes: { axis: { int: 1 }, keepdims: { int: 0 } },
      },
    ],
  };
}
