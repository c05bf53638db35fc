import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithTool } from '../../testing/tools.ts';
import { startFaultRunner, type FaultRunner } from './fault-runner.ts';
import { allFaults, nameOf, sampleFaults } from './faults.ts';

const SEED = 19;

describeWithTool(['terraform', 'moto'], 'a bootstrap that fails or is killed', () => {
  let runner: FaultRunner;

  beforeAll(async () => {
    runner = await startFaultRunner();
  }, 300_000);

  afterAll(async () => {
    await runner.close();
  });

  it('converges to the same account with the next run (npm run bootstrap-faults tries every call)', async () => {
    for (const fault of sampleFaults(allFaults(runner.counts), 1, SEED)) {
      expect([nameOf(fault), await runner.tryFault(fault)]).toEqual([nameOf(fault), null]);
    }
  }, 600_000);
});
