import { describe, expect, it } from 'vitest';
import { estimateBytes, planMemory } from './memory-plan.ts';

const gibibyte = 1024 ** 3;
const auto = { workerThreads: 'auto', threadsPerRun: 'auto' } as const;

describe('planMemory', () => {
  it.each([
    ['a small model', 1e6, 6, 16, { workerThreads: 6, threadsPerRun: 1, reason: undefined }],
    ['weights of 1.25 GiB', 1.25 * gibibyte, 6, 16, { workerThreads: 1, threadsPerRun: 6 }],
    ['weights of 0.6 GiB', 0.6 * gibibyte, 6, 16, { workerThreads: 3, threadsPerRun: 2 }],
    ['a model as large as the memory', 0.9 * gibibyte, 4, 1, { workerThreads: 1, threadsPerRun: 4 }],
    ['a model larger than the memory', 8 * gibibyte, 4, 1, { workerThreads: 1, bytes: 8 * gibibyte }],
  ])('plans %s', (_, fileBytes, processors, memory, expected) => {
    const plan = planMemory(fileBytes, { configuration: auto, processors, memoryBytes: memory * gibibyte });
    expect(plan).toMatchObject(expected);
    expect(plan.bytes).toBe(estimateBytes(fileBytes, plan.workerThreads));
  });

  it('says why there are fewer threads, and obeys a setting', () => {
    const limits = { processors: 6, memoryBytes: 16 * gibibyte };
    const plan = planMemory(1.25 * gibibyte, { configuration: auto, ...limits });
    expect(plan.reason).toBe('1 instead of 6 worker threads, as each needs 1280 MiB of 2048 MiB');
    const configuration = { workerThreads: 4, threadsPerRun: 3 };
    expect(planMemory(1.25 * gibibyte, { configuration, ...limits })).toEqual({
      workerThreads: 4,
      threadsPerRun: 3,
      bytes: 5 * gibibyte,
      reason: undefined,
    });
  });
});
