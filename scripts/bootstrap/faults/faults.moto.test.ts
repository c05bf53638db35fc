import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithTool } from '../../testing/tools.ts';
import { openBench, type Bench } from './bench.ts';
import { allFaults, nameOf, sampleFaults } from './faults.ts';

const SEED = 19;

describeWithTool(['terraform', 'moto'], 'a bootstrap that fails or is killed', () => {
  let bench: Bench;

  beforeAll(async () => {
    bench = await openBench();
  }, 300_000);

  afterAll(async () => {
    await bench.close();
  });

  it('converges to the same account with the next run (npm run bootstrap-faults tries every call)', async () => {
    for (const fault of sampleFaults(allFaults(bench.counts), 3, SEED)) {
      expect([nameOf(fault), await bench.tryFault(fault)]).toEqual([nameOf(fault), null]);
    }
  }, 600_000);
});
