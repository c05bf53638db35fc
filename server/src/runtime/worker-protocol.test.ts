import { describe, expect, it } from 'vitest';
import { runAtOnce, type Steps } from '../codecs/steps.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { receiveTensors, sendTensors } from './worker-protocol.ts';

const texts = (count: number): Tensor => ({
  type: 'string',
  shape: [count],
  data: Array.from({ length: count }, (_, index) => `text ${index}`),
});

/** Sends tensors through a real message, as between two threads. */
const passed = (tensors: readonly Tensor[]): readonly Tensor[] => {
  const { sent, transfer } = runAtOnce(sendTensors(tensors));
  return runAtOnce(receiveTensors(structuredClone(sent, { transfer })));
};

describe('tensors for another thread', () => {
  it('arrive as they were sent', () => {
    const numbers: Tensor = { type: 'float32', shape: [2], data: Float32Array.of(1, 2) };
    const tensors = [texts(100_000), numbers, texts(3), texts(50_000)];
    const expected = structuredClone(tensors);
    expect(passed(tensors)).toEqual(expected);
  });

  it('leave a view of other bytes where they are', () => {
    const body = Float32Array.of(1, 2, 3);
    const view: Tensor = { type: 'float32', shape: [2], data: body.subarray(1) };
    expect(passed([view])).toEqual([{ ...view, data: Float32Array.of(2, 3) }]);
    expect(body).toHaveLength(3);
  });

  it('are sent and received in steps, if they hold many texts', () => {
    const countSteps = (steps: Steps<unknown>): number => {
      let count = 1;
      while (steps.next().done !== true) count++;
      return count;
    };
    const many = 10 * 16_384;
    expect(countSteps(sendTensors([texts(many)]))).toBe(11);
    expect(countSteps(sendTensors([texts(16_384)]))).toBe(1);
    expect(countSteps(receiveTensors(runAtOnce(sendTensors([texts(many)])).sent))).toBe(11);
  });
});
