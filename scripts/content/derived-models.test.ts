import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { encodeModel, tensor } from '../../server/sample-model/onnx-writer.ts';
import { trainSample } from '../../server/sample-model/sample-model.ts';
import { withOtherNodeNames, withTurnedOutputs, withVersion } from './derived-models.ts';

const { model } = trainSample({ seed: 5 });

async function answer(bytes: Uint8Array): Promise<number> {
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  const { prediction } = await session.run({ features: new Tensor('float32', [1.2, 3.4, 5.6], [1, 3]) });
  await session.release();
  return Number(prediction?.data[0]);
}

describe('a model derived from another one', () => {
  it('answers the same with another version number, in another file', async () => {
    const next = withVersion(model, 7);
    expect(Buffer.from(next).equals(model)).toBe(false);
    expect(await answer(next)).toBe(await answer(model));
  });

  it('answers the same with other names for its nodes', async () => {
    const named = withTurnedOutputs(model) ?? model;
    const again = withOtherNodeNames(named);
    expect(Buffer.from(again).includes('exported-again/prediction/turned')).toBe(true);
    expect(await answer(again)).toBe(await answer(named));
  });

  it('answers with the opposite sign where its outputs are turned', async () => {
    const turned = withTurnedOutputs(model);
    if (turned === undefined) throw new Error('the sample has an output of numbers');
    expect(await answer(turned)).toBe(-(await answer(model)));
  });

  it('keeps an output that another node reads, and what it is itself', async () => {
    const chained = encodeModel({
      name: 'chained',
      inputs: [{ name: 'features', type: tensor('float32', ['batch', 3]) }],
      outputs: [
        { name: 'doubled', type: tensor('float32', ['batch', 3]) },
        { name: 'prediction', type: tensor('float32', ['batch', 3]) },
      ],
      initializers: [],
      nodes: [
        { operator: 'Add', inputs: ['features', 'features'], outputs: ['doubled'] },
        { operator: 'Add', inputs: ['doubled', 'features'], outputs: ['prediction'] },
      ],
    });
    const turned = withTurnedOutputs(chained);
    expect(await answer(turned ?? chained)).toBeCloseTo(-3.6, 5);
  });

  it('gives nothing for a model that answers with texts alone', () => {
    const echo = encodeModel({
      name: 'echo',
      inputs: [{ name: 'words', type: tensor('string', ['batch']) }],
      outputs: [{ name: 'same', type: tensor('string', ['batch']) }],
      initializers: [],
      nodes: [{ operator: 'Identity', inputs: ['words'], outputs: ['same'] }],
    });
    expect(withTurnedOutputs(echo)).toBeUndefined();
  });
});
