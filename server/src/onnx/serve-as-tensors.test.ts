import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { float32Initializer, int64Initializer, tensor, type Graph, type Node } from '../../sample-model/onnx-writer.ts';
import { loadSession, type Session } from '../runtime/session.ts';
import { writeModelFolder, type ModelFolder } from '../testing/small-models.ts';
import { classifierShapes, classNamesOf, tabularClassifier } from '../testing/tabular-classifiers.ts';
import { elementTraits } from '../tensor/element-types.ts';
import type { Tensor } from '../tensor/tensor.ts';

const folders: ModelFolder[] = [];
afterEach(() => folders.splice(0).forEach((folder) => folder.remove()));

function load(...model: Parameters<typeof writeModelFolder>): Session {
  const folder = writeModelFolder(...model);
  folders.push(folder);
  return loadSession(path.join(folder.directory, 'model.onnx'), { intraOpNumThreads: 1 });
}

const floats = (shape: readonly number[], ...values: number[]): Tensor => ({
  type: 'float32',
  shape,
  data: Float32Array.from(values),
});

describe('a classifier with a ZipMap', () => {
  it.each(classifierShapes)('has its scores as a tensor: $kind, $labels, $input, $classes classes', (shape) => {
    const { graph, options } = tabularClassifier(shape);
    const plain = tabularClassifier({ ...shape, hasZipMap: false });
    const session = load(graph, undefined, options);
    expect(session.outputs).toEqual([
      { name: 'label', type: shape.labels, shape: ['N'] },
      { name: 'probabilities', type: 'float32', shape: ['N', shape.classes], classes: classNamesOf(shape) },
    ]);
    const data = elementTraits[shape.input].create(12);
    for (const [index, value] of [5, 3, 1, 0, 6, 3, 5, 2, 7, 7, 7, 7].entries())
      data[index] = shape.input === 'int64' ? BigInt(value) : value;
    const rows: Tensor = { type: shape.input, shape: [3, 4], data };
    expect(session.run([rows])).toEqual(load(plain.graph, undefined, plain.options).run([rows]));
  });

  it('keeps its file, and gets its external data', () => {
    const { graph, options } = tabularClassifier({
      kind: 'linear',
      labels: 'string',
      input: 'float32',
      classes: 3,
      hasZipMap: true,
    });
    const external = { location: 'weights.bin', offset: 8, length: 16 };
    const [first, ...rest] = graph.nodes;
    const folder = writeModelFolder(
      {
        ...graph,
        initializers: [{ name: 'factor', element: 'float32', dims: [4], data: { external } }],
        nodes: [
          { operator: 'Mul', inputs: ['input', 'factor'], outputs: ['scaled'] },
          ...(first === undefined ? [] : [{ ...first, inputs: ['scaled'] }]),
          ...rest,
        ],
      },
      undefined,
      options,
    );
    folders.push(folder);
    writeFileSync(path.join(folder.directory, 'weights.bin'), Buffer.from(Float32Array.of(9, 9, 0, 0, 0, 0).buffer));
    const file = path.join(folder.directory, 'model.onnx');
    const before = readFileSync(file);
    const session = loadSession(file, {});
    const { run } = load(graph, undefined, options);
    expect(session.run([floats([1, 4], 1, 2, 3, 4)])).toEqual(run([floats([1, 4], 0, 0, 0, 0)]));
    expect(readFileSync(file)).toEqual(before);
  });
});

/** y is made from x, float32 [rows, 2], by the nodes. */
function sequenceGraph(nodes: readonly Node[], kind: 'sequence' | 'optional' = 'sequence'): Graph {
  return {
    name: 'sequence',
    inputs: [{ name: 'x', type: tensor('float32', ['rows', 2]) }],
    outputs: [{ name: 'y', type: { kind, of: tensor('float32') } }],
    initializers: [
      float32Initializer('c', [1], [7]),
      int64Initializer('zero', [], [0]),
      int64Initializer('sizes', [2], [1, 1]),
    ],
    nodes,
  };
}

describe('an output that is a sequence or an optional', () => {
  const input = floats([2, 2], 1, 2, 3, 4);
  const construct = { operator: 'SequenceConstruct', inputs: ['x', 'c'], outputs: ['s'] };

  it('has its members as tensors if the graph names them', () => {
    const session = load(
      sequenceGraph([
        construct,
        { operator: 'SequenceInsert', inputs: ['s', 'c', 'zero'], outputs: ['inserted'] },
        { operator: 'Identity', inputs: ['inserted'], outputs: ['y'] },
      ]),
    );
    expect(session.outputs.map(({ name }) => name)).toEqual(['y_0', 'y_1', 'y_2']);
    expect(session.run([input])).toEqual([floats([1], 7), input, floats([1], 7)]);
  });

  it('is the tensor that slices of one are cut from', () => {
    const session = load(sequenceGraph([{ operator: 'SplitToSequence', inputs: ['x'], outputs: ['y'] }]));
    expect(session.run([input])).toEqual([input]);
  });

  it('is the value of the optional', () => {
    const optional = sequenceGraph([{ operator: 'Optional', inputs: ['x'], outputs: ['y'] }], 'optional');
    const session = load(optional);
    expect(session.outputs.map(({ name }) => name)).toEqual(['y']);
    expect(session.run([input])).toEqual([input]);
  });

  it.each([
    [
      'operator SplitToSequence with an input "split" makes it: operator Split gives the same pieces as tensors',
      [{ operator: 'SplitToSequence', inputs: ['x', 'sizes'], outputs: ['y'], attributes: { axis: { int: 1 } } }],
    ],
    [
      'it is an empty sequence',
      [{ operator: 'SequenceEmpty', inputs: [], outputs: ['y'], attributes: { dtype: { int: 1 } } }],
    ],
  ])('is refused in one line: %s', (reason, nodes) => {
    expect(() => load(sequenceGraph(nodes))).toThrow(
      new RegExp(
        `^output "y" of .*/model.onnx is a sequence, map or optional, and .*${reason}\\. Export [^\\n]*"ignoredOutputs"\\.$`,
      ),
    );
  });
});

it('names an element type that onnxruntime-node cannot carry', () => {
  const graph: Graph = {
    name: 'narrow',
    inputs: [{ name: 'x', type: tensor('float32', ['rows']) }],
    outputs: [{ name: 'y', type: tensor('bfloat16', ['rows']) }],
    initializers: [],
    nodes: [{ operator: 'Cast', inputs: ['x'], outputs: ['y'], attributes: { to: { int: 16 } } }],
  };
  expect(() => load(graph)).toThrow(
    'output "y" has the ONNX element type bfloat16, which onnxruntime-node cannot carry',
  );
});
