import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  encodeModel,
  float32Initializer,
  int64Initializer,
  tensor,
  type ElementType,
  type Initializer,
  type Graph,
  type ModelOptions,
} from '../../sample-model/onnx-writer.ts';

/** A folder with a model, and its removal. */
export interface ModelFolder {
  readonly directory: string;
  readonly remove: () => void;
}

/** Writes a graph as model.onnx, and an optional signature.json, into a new temporary folder. */
export function writeModelFolder(graph: Graph, signature?: object, options?: ModelOptions): ModelFolder {
  const directory = mkdtempSync(path.join(tmpdir(), 'served-model-'));
  writeFileSync(path.join(directory, 'model.onnx'), encodeModel(graph, options));
  if (signature !== undefined) writeFileSync(path.join(directory, 'signature.json'), JSON.stringify(signature));
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** y = x, of any element type and shape. */
export function identityGraph(element: ElementType, shape: readonly (number | string)[]): Graph {
  const type = tensor(element, shape);
  return {
    name: 'identity',
    inputs: [{ name: 'x', type }],
    outputs: [{ name: 'y', type }],
    nodes: [{ operator: 'Identity', inputs: ['x'], outputs: ['y'] }],
  };
}

/** y = x · weights, x float32 [batch, 3], y float32 [batch, 2]. */
export function linearGraph(): Graph {
  return {
    name: 'linear',
    inputs: [{ name: 'x', type: tensor('float32', ['batch', 3]) }],
    outputs: [{ name: 'y', type: tensor('float32', ['batch', 2]) }],
    initializers: [float32Initializer('weights', [3, 2], [1, -1, 2, 0.5, 3, 0.25])],
    nodes: [{ operator: 'MatMul', inputs: ['x', 'weights'], outputs: ['y'] }],
  };
}

/** y = x minus or plus the mean over the whole batch: rows depend on each other. */
export function batchMixingGraph(operator: 'Sub' | 'Add' = 'Sub'): Graph {
  return {
    name: 'mixing',
    inputs: [{ name: 'x', type: tensor('float32', ['batch', 3]) }],
    outputs: [{ name: 'y', type: tensor('float32', ['batch', 3]) }],
    nodes: [
      {
        operator: 'ReduceMean',
        inputs: ['x'],
        outputs: ['mean'],
        attributes: { axes: { ints: [0] }, keepdims: { int: 1 } },
      },
      { operator, inputs: ['x', 'mean'], outputs: ['y'] },
    ],
  };
}

/** y = (a · w + b)ᵀ: the rows are columns of the output. */
export function transposedGraph(): Graph {
  return {
    name: 'transposed',
    inputs: [
      { name: 'a', type: tensor('float32', ['batch', 3]) },
      { name: 'b', type: tensor('float32', ['batch', 2]) },
    ],
    outputs: [{ name: 'y', type: tensor('float32', [2, 'batch']) }],
    initializers: [float32Initializer('w', [3, 2], [1, -2, 3, -4, 5, -6])],
    nodes: [
      { operator: 'MatMul', inputs: ['a', 'w'], outputs: ['product'] },
      { operator: 'Add', inputs: ['product', 'b'], outputs: ['sum'] },
      { operator: 'Transpose', inputs: ['sum'], outputs: ['y'] },
    ],
  };
}

/** y = log x, at least the largest of all rows minus 80: how spectrograms are clamped, over the whole batch. */
export function decibelGraph(): Graph {
  return {
    name: 'decibel',
    inputs: [{ name: 'x', type: tensor('float32', ['batch', 3]) }],
    outputs: [{ name: 'y', type: tensor('float32', ['batch', 3]) }],
    initializers: [float32Initializer('least', [], [1e-10]), float32Initializer('range', [], [3])],
    nodes: [
      { operator: 'Clip', inputs: ['x', 'least'], outputs: ['power'] },
      { operator: 'Log', inputs: ['power'], outputs: ['level'] },
      { operator: 'ReduceMax', inputs: ['level'], outputs: ['peak'], attributes: { keepdims: { int: 0 } } },
      { operator: 'Sub', inputs: ['peak', 'range'], outputs: ['floor'] },
      { operator: 'Max', inputs: ['level', 'floor'], outputs: ['y'] },
    ],
  };
}

/** y = x · weights in 8 bits, with the range of x as it comes: how a model is quantised without data. */
export function dynamicallyQuantizedGraph(): Graph {
  const bytes = (name: string, dims: readonly number[], ...values: number[]): Initializer => ({
    name,
    element: 'uint8',
    dims,
    data: { bytes: Uint8Array.from(values) },
  });
  return {
    name: 'quantized',
    inputs: [{ name: 'x', type: tensor('float32', ['batch', 3]) }],
    outputs: [{ name: 'y', type: tensor('float32', ['batch', 2]) }],
    initializers: [
      bytes('weights', [3, 2], 130, 120, 132, 129, 140, 128),
      bytes('zero', [], 128),
      float32Initializer('scale', [], [0.1]),
    ],
    nodes: [
      { operator: 'DynamicQuantizeLinear', inputs: ['x'], outputs: ['q', 'x_scale', 'x_zero'] },
      { operator: 'MatMulInteger', inputs: ['q', 'weights', 'x_zero', 'zero'], outputs: ['sum'] },
      { operator: 'Cast', inputs: ['sum'], outputs: ['wide'], attributes: { to: { int: 1 } } },
      { operator: 'Mul', inputs: ['x_scale', 'scale'], outputs: ['scales'] },
      { operator: 'Mul', inputs: ['wide', 'scales'], outputs: ['y'] },
    ],
  };
}

/** y = x through many trigonometric steps, x float32 [n, m]: the size of a request decides how long its run takes. */
export function laboriousGraph(): Graph {
  const steps = Array.from({ length: 12 }, (_, step) => ({
    operator: step % 2 === 0 ? 'Cos' : 'Sin',
    inputs: [step === 0 ? 'x' : `step${step}`],
    outputs: [step === 11 ? 'y' : `step${step + 1}`],
  }));
  const type = tensor('float32', ['n', 'm']);
  return { name: 'laborious', inputs: [{ name: 'x', type }], outputs: [{ name: 'y', type }], nodes: steps };
}

/** y = x · weight, x float32 [batch]; the weight is in the file weight.bin. */
export function externalWeightGraph(): Graph {
  const type = tensor('float32', ['batch']);
  const external = { location: 'weight.bin', offset: 0, length: 4 };
  return {
    name: 'external',
    inputs: [{ name: 'x', type }],
    outputs: [{ name: 'y', type }],
    initializers: [{ name: 'weight', element: 'float32', dims: [1], data: { external } }],
    nodes: [{ operator: 'Mul', inputs: ['x', 'weight'], outputs: ['y'] }],
  };
}

/** y = table[x], x int64 [batch], a table of four rows: an index outside it makes the run fail. */
export function lookupGraph(): Graph {
  return {
    name: 'lookup',
    inputs: [{ name: 'x', type: tensor('int64', ['batch']) }],
    outputs: [{ name: 'y', type: tensor('float32', ['batch']) }],
    initializers: [float32Initializer('table', [4], [10, 11, 12, 13])],
    nodes: [{ operator: 'Gather', inputs: ['table', 'x'], outputs: ['y'] }],
  };
}

/** y = the mean over x elements, x int64 [1]: the caller decides how long a run takes. */
export function lastingGraph(): Graph {
  return {
    name: 'lasting',
    inputs: [{ name: 'x', type: tensor('int64', [1]) }],
    outputs: [{ name: 'y', type: tensor('float32', []) }],
    nodes: [
      { operator: 'ConstantOfShape', inputs: ['x'], outputs: ['zeros'] },
      { operator: 'Cos', inputs: ['zeros'], outputs: ['once'] },
      { operator: 'Sin', inputs: ['once'], outputs: ['twice'] },
      { operator: 'Cos', inputs: ['twice'], outputs: ['terms'] },
      { operator: 'ReduceMean', inputs: ['terms'], outputs: ['y'], attributes: { keepdims: { int: 0 } } },
    ],
  };
}

/** A model with a number and a text input, like a scikit-learn pipeline; it returns both. */
export function twoColumnGraph(): Graph {
  return {
    name: 'columns',
    inputs: [
      { name: 'age', type: tensor('float32', ['batch', 1]) },
      { name: 'city', type: tensor('string', ['batch', 1]) },
    ],
    outputs: [
      { name: 'age_out', type: tensor('float32', ['batch', 1]) },
      { name: 'city_out', type: tensor('string', ['batch', 1]) },
    ],
    nodes: [
      { operator: 'Identity', inputs: ['age'], outputs: ['age_out'] },
      { operator: 'Identity', inputs: ['city'], outputs: ['city_out'] },
    ],
  };
}

/** A classifier's tensor output beside a sequence of maps, as scikit-learn exports without removing ZipMap. */
export function zipMapGraph(): { graph: Graph; options: ModelOptions } {
  return {
    graph: {
      name: 'zipmap',
      inputs: [{ name: 'x', type: tensor('float32', ['batch', 2]) }],
      outputs: [
        { name: 'label', type: tensor('int64', ['batch']) },
        {
          name: 'probabilities',
          type: { kind: 'sequence', of: { kind: 'map', key: 'int64', value: tensor('float32') } },
        },
      ],
      initializers: [int64Initializer('unused', [1], [0])],
      nodes: [
        {
          operator: 'ArgMax',
          inputs: ['x'],
          outputs: ['label'],
          attributes: { axis: { int: 1 }, keepdims: { int: 0 } },
        },
        {
          operator: 'ZipMap',
          domain: 'ai.onnx.ml',
          inputs: ['x'],
          outputs: ['probabilities'],
          attributes: { classlabels_int64s: { ints: [0, 1] } },
        },
      ],
    },
    options: { operatorSets: { '': 17, 'ai.onnx.ml': 3 } },
  };
}
