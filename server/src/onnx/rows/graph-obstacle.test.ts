import { describe, expect, it } from 'vitest';
import {
  encodeModel,
  float32Initializer,
  int64Initializer,
  tensor,
  type Initializer,
  type Node,
} from '../../../sample-model/onnx-writer.ts';
import { readOnnxModel } from '../read-onnx-model.ts';
import { graphObstacle } from './graph-obstacle.ts';

interface Case {
  readonly nodes: readonly Node[];
  readonly shape?: readonly (number | string)[];
  readonly initializers?: readonly Initializer[];
  readonly operatorSets?: Readonly<Record<string, number>>;
}

/** The obstacle of a graph from x, float32 [batch, 3] by default, to y. */
function obstacleOf({
  nodes,
  shape = ['batch', 3],
  initializers = [],
  operatorSets = { '': 17 },
}: Case): string | undefined {
  const type = tensor('float32', shape);
  const graph = { name: 'case', inputs: [{ name: 'x', type }], outputs: [{ name: 'y', type }], nodes, initializers };
  return graphObstacle(readOnnxModel(encodeModel(graph, { operatorSets })), ['y']);
}

const node = (operator: string, inputs: string, output: string, attributes: Node['attributes'] = {}): Node => ({
  operator,
  inputs: inputs.split(' ').map((name) => (name === '-' ? '' : name)),
  outputs: output.split(' '),
  attributes,
});
const ints = (...values: number[]) => ({ ints: values });
const vector = (name: string, ...values: number[]): Initializer => int64Initializer(name, [values.length], values);
const weights = float32Initializer('w', [3, 3], new Float32Array(9));
const image = ['batch', 2, 4, 4];
const wide = ['batch', 4, 6];

const refused: [string, Case, string][] = [
  [
    'a maximum over everything',
    { nodes: [node('ReduceMax', 'x', 'm', { keepdims: { int: 0 } }), node('Sub', 'x m', 'y')] },
    'reduces over all rows',
  ],
  [
    'a mean over the rows',
    { nodes: [node('ReduceMean', 'x', 'm', { axes: ints(0) }), node('Sub', 'x m', 'y')] },
    'reduces over the rows',
  ],
  [
    'a sum over axis -2 of two',
    { nodes: [node('ReduceSum', 'x axes', 'm'), node('Sub', 'x m', 'y')], initializers: [vector('axes', -2)] },
    'reduces over the rows',
  ],
  [
    'dynamic quantisation',
    { nodes: [node('DynamicQuantizeLinear', 'x', 'q s z'), node('DequantizeLinear', 'q s z', 'y')] },
    'node "DynamicQuantizeLinear_0" (DynamicQuantizeLinear) quantises by the range of all rows',
  ],
  ['softmax over the rows', { nodes: [node('Softmax', 'x', 'y', { axis: { int: 0 } })] }, 'normalises over the rows'],
  [
    'softmax of old, from axis 0',
    { nodes: [node('Softmax', 'x', 'y', { axis: { int: 0 } })], operatorSets: { '': 12 } },
    'normalises over the rows',
  ],
  [
    'softmax of transposed rows',
    { nodes: [node('Transpose', 'x', 't'), node('Softmax', 't', 's'), node('Transpose', 's', 'y')] },
    'normalises over the rows',
  ],
  [
    'batch normalisation in training',
    {
      nodes: [node('BatchNormalization', 'x w w w w', 'y m v', { training_mode: { int: 1 } })],
      initializers: [weights],
    },
    'as in training',
  ],
  [
    'a mean-variance normalisation by default',
    { nodes: [node('MeanVarianceNormalization', 'x', 'y')], shape: image },
    'normalises over the rows',
  ],
  [
    'layer normalisation from axis 0',
    { nodes: [node('LayerNormalization', 'x w', 'y', { axis: { int: 0 } })], initializers: [weights] },
    'normalises over the rows',
  ],
  [
    'the number of rows as a number',
    {
      nodes: [
        node('Shape', 'x', 's'),
        node('Gather', 's zero', 'n'),
        node('Cast', 'n', 'f', { to: { int: 1 } }),
        node('Div', 'x f', 'y'),
      ],
      initializers: [int64Initializer('zero', [], [0])],
    },
    'uses the number of rows',
  ],
  [
    'the size of the input',
    { nodes: [node('Size', 'x', 'n'), node('Cast', 'n', 'f', { to: { int: 1 } }), node('Div', 'x f', 'y')] },
    'uses the number of rows',
  ],
  [
    'positions of rows',
    { nodes: [node('Shape', 'x', 's'), node('Range', 's s s', 'r'), node('Add', 'x r', 'y')] },
    'uses the number of rows',
  ],
  ['noise', { nodes: [node('RandomNormalLike', 'x', 'r'), node('Add', 'x r', 'y')] }, 'is random'],
  [
    'sorting rows',
    { nodes: [node('TopK', 'x one', 'y i', { axis: { int: 0 } })], initializers: [vector('one', 1)] },
    'sorts over the rows',
  ],
  [
    'a running sum over rows',
    { nodes: [node('CumSum', 'x zero', 'y')], initializers: [int64Initializer('zero', [], [0])] },
    'accumulates over the rows',
  ],
  ['flattening rows into one', { nodes: [node('Flatten', 'x', 'y', { axis: { int: 0 } })] }, 'merges the rows'],
  [
    'reshaping rows into columns',
    { nodes: [node('Reshape', 'x s', 'y')], initializers: [vector('s', 3, -1)] },
    'merges the rows',
  ],
  ['positions of values', { nodes: [node('NonZero', 'x', 'y')] }, 'among all rows'],
  ['distinct values', { nodes: [node('Unique', 'x', 'y')] }, 'all rows'],
  [
    'a product of rows with rows',
    { nodes: [node('Transpose', 'x', 't'), node('MatMul', 'x t', 'y')] },
    'multiplies rows with each other',
  ],
  [
    'the first row',
    {
      nodes: [node('Slice', 'x a b c', 'f'), node('Sub', 'x f', 'y')],
      initializers: [vector('a', 0), vector('b', 1), vector('c', 0)],
    },
    'picks rows by their position',
  ],
  [
    'differences of pairs',
    {
      nodes: [node('Unsqueeze', 'x a', 'p'), node('Unsqueeze', 'x b', 'q'), node('Sub', 'p q', 'y')],
      initializers: [vector('a', 1), vector('b', 0)],
    },
    'combines rows with each other',
  ],
  [
    'a sequence of rows',
    { nodes: [node('Unsqueeze', 'x a', 's'), node('LSTM', 's w w', 'y h c')], initializers: [weights, vector('a', 1)] },
    'as a sequence',
  ],
  ['a loop', { nodes: [node('Loop', 'x - x', 'y')] }, 'runs a graph in a loop'],
  [
    'an unknown operator',
    { nodes: [{ ...node('Mystery', 'x', 'y'), domain: 'example' }] },
    'node "Mystery_0" (Mystery) is not known to keep rows apart',
  ],
  [
    'a constant answer',
    { nodes: [node('Identity', 'w', 'y')], initializers: [weights] },
    'does not depend on the rows',
  ],
  ['rows on another axis', { nodes: [node('Transpose', 'x', 'y')] }, 'has its rows on axis 1'],
];

const allowed: [string, Case][] = [
  [
    'a linear layer',
    {
      nodes: [node('MatMul', 'x w', 'h'), node('Add', 'h w', 'y')].slice(0, 1).concat(node('Relu', 'h', 'y')),
      initializers: [weights],
    },
  ],
  [
    'a Gemm with softmax',
    { nodes: [node('Gemm', 'x w', 'h', { transB: { int: 1 } }), node('Softmax', 'h', 'y')], initializers: [weights] },
  ],
  ['a mean over columns', { nodes: [node('ReduceMean', 'x', 'm', { axes: ints(-1) }), node('Sub', 'x m', 'y')] }],
  [
    'a convolution, pooled and flattened',
    {
      nodes: [
        node('Conv', 'x w', 'c'),
        node('BatchNormalization', 'c w w w w', 'n'),
        node('GlobalAveragePool', 'n', 'p'),
        node('Flatten', 'p', 'y'),
      ],
      shape: image,
      initializers: [weights],
    },
  ],
  [
    'steps of a sequence as rows, and back',
    {
      nodes: [node('Reshape', 'x a', 'f'), node('MatMul', 'f w', 'h'), node('Reshape', 'h b', 'y')],
      shape: wide,
      initializers: [weights, vector('a', -1, 6), vector('b', -1, 4, 3)],
    },
  ],
  [
    'a shape that an exporter computes',
    {
      nodes: [
        node('Shape', 'x', 's'),
        node('Gather', 's zero', 'n'),
        node('Unsqueeze', 'n axis', 'u'),
        node('Concat', 'u rest', 't', { axis: { int: 0 } }),
        node('Reshape', 'x t', 'y'),
      ],
      shape: wide,
      initializers: [int64Initializer('zero', [], [0]), vector('axis', 0), vector('rest', -1)],
    },
  ],
  [
    'the number of columns as a number',
    {
      nodes: [
        node('Shape', 'x', 's'),
        node('Gather', 's one', 'n'),
        node('Cast', 'n', 'f', { to: { int: 1 } }),
        node('Div', 'x f', 'y'),
      ],
      initializers: [int64Initializer('one', [], [1])],
    },
  ],
  [
    'a constant start state of every row',
    { nodes: [node('Shape', 'x', 's'), node('ConstantOfShape', 's', 'z'), node('Add', 'x z', 'y')] },
  ],
  [
    'an LSTM over steps',
    {
      nodes: [
        node('Transpose', 'x', 's', { perm: ints(1, 0, 2) }),
        node('LSTM', 's w w', 'o h c'),
        node('Squeeze', 'h a', 'y'),
      ],
      shape: wide,
      initializers: [weights, vector('a', 0)],
    },
  ],
  [
    'attention',
    {
      nodes: [
        node('Transpose', 'x', 't', { perm: ints(0, 2, 1) }),
        node('MatMul', 'x t', 's'),
        node('Softmax', 's', 'p'),
        node('MatMul', 'p x', 'y'),
      ],
      shape: wide,
    },
  ],
  [
    'columns cut and joined',
    {
      nodes: [
        node('Slice', 'x a b c', 'l'),
        node('Split', 'x', 'p q', { axis: { int: 1 } }),
        node('Concat', 'l q', 'y', { axis: { int: -1 } }),
      ],
      initializers: [vector('a', 0), vector('b', 1), vector('c', 1)],
    },
  ],
  [
    'an embedding',
    {
      nodes: [
        node('Cast', 'x', 'i', { to: { int: 7 } }),
        node('Gather', 'w i', 'e'),
        node('ReduceMean', 'e', 'y', { axes: ints(1) }),
      ],
      initializers: [weights],
    },
  ],
  [
    'an Einsum by rows',
    { nodes: [node('Einsum', 'x w', 'y', { equation: { string: 'bi,ij->bj' } })], initializers: [weights] },
  ],
  ['scores by class', { nodes: [{ ...node('ZipMap', 'x', 'y'), domain: 'ai.onnx.ml' }] }],
  ['a tree', { nodes: [{ ...node('TreeEnsembleRegressor', 'x', 'y'), domain: 'ai.onnx.ml' }] }],
  [
    'labels by the index of the best class',
    {
      nodes: [
        node('ArgMax', 'x', 'i', { axis: { int: 1 } }),
        { ...node('ArrayFeatureExtractor', 'names i', 'l'), domain: 'ai.onnx.ml' },
        node('Reshape', 'l flat', 'y'),
      ]
        .map((each, at) => (at === 1 ? { ...each, inputs: ['names', 'r'] } : each))
        .toSpliced(1, 0, node('Reshape', 'i flat', 'r')),
      initializers: [vector('names', 4, 5, 6), vector('flat', -1)],
    },
  ],
  ['a node that no output needs', { nodes: [node('NonZero', 'x', 'unused'), node('Relu', 'x', 'y')] }],
];

describe('graphObstacle', () => {
  it.each(refused)('refuses %s', (_, graph, reason) => {
    expect(obstacleOf(graph)).toContain(reason);
  });

  it.each(allowed)('allows %s', (_, graph) => {
    expect(obstacleOf(graph)).toBeUndefined();
  });
});
