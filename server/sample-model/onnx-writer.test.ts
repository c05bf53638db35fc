import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import {
  decodeMessage,
  elementTypeNumbers,
  encodeModel,
  float32Initializer,
  int64Initializer,
  tensor,
  type ElementType,
} from './onnx-writer.ts';

const echoable = Object.keys(elementTypeNumbers).filter((type) => type !== 'bfloat16');

describe('encodeModel', () => {
  it.each(echoable)('writes an identity model of %s that onnxruntime loads with that type and shape', async (name) => {
    const element = echoable.find((known): known is ElementType => known === name) ?? 'float32';
    const type = tensor(element, ['rows', null, 2]);
    const model = encodeModel({
      name: 'identity',
      inputs: [{ name: 'x', type }],
      outputs: [{ name: 'y', type }],
      nodes: [{ operator: 'Identity', inputs: ['x'], outputs: ['y'] }],
    });
    const session = await InferenceSession.create(model);
    expect(session.inputMetadata).toEqual([{ name: 'x', isTensor: true, type: element, shape: ['rows', '', 2] }]);
    await session.release();
  });

  it('writes attributes, int64 constants and scalars', async () => {
    const model = encodeModel({
      name: 'attributes',
      inputs: [{ name: 'x', type: tensor('float32', [2, 3]) }],
      outputs: [{ name: 'y', type: tensor('float32', [3, 2]) }],
      initializers: [int64Initializer('shape', [2], [3, 2]), float32Initializer('half', [], [0.5])],
      nodes: [
        { operator: 'LeakyRelu', inputs: ['x'], outputs: ['relu'], attributes: { alpha: { float: 0.25 } } },
        { operator: 'Mul', inputs: ['relu', 'half'], outputs: ['halved'] },
        { operator: 'Reshape', inputs: ['halved', 'shape'], outputs: ['y'] },
      ],
    });
    const session = await InferenceSession.create(model);
    const { y } = await session.run({ x: new Tensor('float32', [-4, 2, 4, -8, 0, 6], [2, 3]) });
    expect([...(y?.dims ?? [])]).toEqual([3, 2]);
    expect([...((y?.data ?? []) as Float32Array)]).toEqual([-0.5, 1, 2, -1, 0, 3]);
    await session.release();
  });

  it('writes sequence and map outputs as scikit-learn exports them', async () => {
    const model = encodeModel(
      {
        name: 'zipmap',
        inputs: [{ name: 'scores', type: tensor('float32', ['rows', 2]) }],
        outputs: [
          {
            name: 'labelled',
            type: { kind: 'sequence', of: { kind: 'map', key: 'int64', value: tensor('float32') } },
          },
        ],
        nodes: [
          {
            operator: 'ZipMap',
            domain: 'ai.onnx.ml',
            inputs: ['scores'],
            outputs: ['labelled'],
            attributes: { classlabels_int64s: { ints: [7, 9] } },
          },
        ],
      },
      { operatorSets: { '': 17, 'ai.onnx.ml': 3 } },
    );
    const session = await InferenceSession.create(model);
    expect(session.outputNames).toEqual(['labelled']);
    await session.release();
  });

  it('refers to external data beside the model', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'onnx-writer-'));
    try {
      await writeFile(join(directory, 'weights.bin'), Buffer.from(Float32Array.of(1, 2, 3).buffer));
      const model = encodeModel({
        name: 'external',
        inputs: [{ name: 'x', type: tensor('float32', [3]) }],
        outputs: [{ name: 'y', type: tensor('float32', [3]) }],
        initializers: [
          {
            name: 'w',
            element: 'float32',
            dims: [3],
            data: { external: { location: 'weights.bin', offset: 0, length: 12 } },
          },
        ],
        nodes: [{ operator: 'Mul', inputs: ['x', 'w'], outputs: ['y'] }],
      });
      await writeFile(join(directory, 'model.onnx'), model);
      const session = await InferenceSession.create(join(directory, 'model.onnx'));
      const { y } = await session.run({ x: new Tensor('float32', [10, 10, 10], [3]) });
      expect([...((y?.data ?? []) as Float32Array)]).toEqual([10, 20, 30]);
      await session.release();
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('gives bytes that decode to what was encoded', () => {
    const model = encodeModel(
      { name: 'graph', inputs: [], outputs: [], nodes: [] },
      { metadata: { seed: '7' }, operatorSets: { '': 17 } },
    );
    expect(decodeMessage('ModelProto', model)).toMatchObject({
      irVersion: '8',
      graph: { name: 'graph' },
      opsetImport: [{ version: '17' }],
      metadataProps: [{ key: 'seed', value: '7' }],
    });
  });
});
