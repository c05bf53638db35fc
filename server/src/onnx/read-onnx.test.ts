import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  encodeMessage,
  encodeModel,
  float32Initializer,
  int64Initializer,
  tensor,
} from '../../sample-model/onnx-writer.ts';
import { zipMapGraph } from '../testing/small-models.ts';
import type { OnnxModel } from './onnx-model.ts';
import { readOnnxFile } from './read-onnx-file.ts';
import { readOnnxModel } from './read-onnx-model.ts';
import { integerValues } from './tensor-values.ts';
import { OnnxFormatError } from './wire.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'onnx-reader-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fromFile = (bytes: Uint8Array): OnnxModel => {
  const file = path.join(folder, 'model.onnx');
  writeFileSync(file, bytes);
  return readOnnxFile(file);
};
const readers = [
  { from: 'bytes', read: readOnnxModel },
  { from: 'a file', read: fromFile },
];

describe.each(readers)('a model read from $from', ({ read }) => {
  it('has its nodes, attributes, constants and types', () => {
    const { graph, options } = zipMapGraph();
    const model = read(encodeModel(graph, { ...options, irVersion: 9, producerName: 'a test' }));
    expect(model).toMatchObject({ irVersion: 9, producerName: 'a test' });
    expect([...model.operatorSets]).toEqual([
      ['', 17],
      ['ai.onnx.ml', 3],
    ]);
    const [argMax, zipMap] = model.graph.nodes;
    expect(argMax).toMatchObject({ operator: 'ArgMax', domain: '', inputs: ['x'], outputs: ['label'] });
    expect(argMax?.attributes.get('axis')).toEqual({ kind: 'integer', value: 1 });
    expect(zipMap?.attributes.get('classlabels_int64s')).toEqual({ kind: 'integers', value: [0, 1] });
    expect(model.graph.inputs).toMatchObject([
      { name: 'x', type: { kind: 'tensor', elementType: 1, shape: ['batch', 2] } },
    ]);
    expect(model.graph.outputs[1]?.type).toEqual({
      kind: 'sequence',
      of: { kind: 'map', keyType: 7, value: { kind: 'tensor', elementType: 1, shape: undefined } },
    });
    expect(model.graph.initializers).toMatchObject([
      { name: 'unused', elementType: 7, shape: [1], external: undefined },
    ]);
  });

  it('has the place of elements that are in another file', () => {
    const external = { location: 'weights.bin', offset: 4096, length: 12 };
    const model = read(
      encodeModel({
        name: 'external',
        inputs: [],
        outputs: [{ name: 'y', type: tensor('float32', [3]) }],
        initializers: [{ name: 'w', element: 'float32', dims: [3], data: { external } }],
        nodes: [{ operator: 'Identity', inputs: ['w'], outputs: ['y'] }],
      }),
    );
    expect(model.graph.initializers[0]?.external).toEqual(external);
  });

  it('has the values of a shape, and all nodes beside a large constant', () => {
    const large = float32Initializer('large', [300, 300], new Float32Array(90_000));
    const model = read(
      encodeModel({
        name: 'large',
        inputs: [],
        outputs: [{ name: 'y', type: tensor('float32', [90_000]) }],
        initializers: [large, int64Initializer('shape', [2], [-1, 2n ** 31n])],
        nodes: [
          { operator: 'Constant', inputs: [], outputs: ['c'], attributes: { value: { tensor: large } } },
          { operator: 'Identity', inputs: ['c'], outputs: ['y'] },
        ],
      }),
    );
    expect(model.graph.initializers.map(({ name, shape }) => [name, shape])).toEqual([
      ['large', [300, 300]],
      ['shape', [2]],
    ]);
    expect(model.graph.initializers.map(integerValues)).toEqual([undefined, [-1, 2 ** 31]]);
    const constant = model.graph.nodes[0]?.attributes.get('value');
    expect(constant).toMatchObject({ kind: 'tensor', value: { name: 'large', shape: [300, 300] } });
    expect(model.graph.nodes[1]?.operator).toBe('Identity');
  });

  it('reads graphs in attributes, also without the field "type" of old writers', () => {
    const branch = { name: 'branch', node: [{ opType: 'Identity', input: ['a'], output: ['b'] }] };
    const bytes = encodeMessage('ModelProto', { graph: { node: [{ opType: 'If', attribute: [] }] } });
    // AttributeProto { name: "then_branch", g: branch } as field 5 of the node: written by hand, as the writer has no graphs.
    const field = (number: number, part: Uint8Array): Buffer =>
      Buffer.concat([Buffer.from([(number << 3) | 2, part.length]), part]);
    const attribute = Buffer.concat([
      field(1, Buffer.from('then_branch')),
      field(6, encodeMessage('GraphProto', branch)),
    ]);
    const node = Buffer.concat([field(4, Buffer.from('If')), field(5, attribute)]);
    const model = read(Buffer.concat([bytes, field(7, field(1, node))]));
    const found = model.graph.nodes[1]?.attributes.get('then_branch');
    expect(found).toMatchObject({ kind: 'graph', value: { name: 'branch', nodes: [{ operator: 'Identity' }] } });
  });

  it('is refused where it is no model, or ends early', () => {
    const whole = encodeModel(zipMapGraph().graph);
    expect(() => read(Buffer.from('version https://git-lfs.github.com/spec/v1\n'))).toThrow(OnnxFormatError);
    expect(() => read(new Uint8Array(0))).toThrow('it has no graph');
    expect(() => read(whole.subarray(0, whole.length - 3))).toThrow(OnnxFormatError);
  });
});

describe('readOnnxModel', () => {
  it('copies no constant: what is encoded stays where it is', () => {
    const initializer = float32Initializer('w', [100_000], new Float32Array(100_000));
    const bytes = encodeModel({ name: 'large', inputs: [], outputs: [], nodes: [], initializers: [initializer] });
    const [read] = readOnnxModel(bytes).graph.initializers;
    expect(read?.encoded.buffer).toBe(bytes.buffer);
    expect(read?.encoded.length).toBeGreaterThan(400_000);
  });
});
