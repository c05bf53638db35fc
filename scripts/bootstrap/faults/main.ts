import { availableParallelism } from 'node:os';
import { parseCommandLine, parseWholeNumber, runCommand } from '../../command-line.ts';
import { startFaultRunner } from './fault-runner.ts';
import { allFaults, nameOf, sampleFaults } from './faults.ts';

const USAGE = `Fails and kills a bootstrap at each of its calls to AWS and to Terraform, and checks that the next run converges to the
same account. Needs Terraform and moto.

  npm run bootstrap-faults [-- options]

  --sample N    only N of the faults
  --seed N      which ones (default: 1)
  --from N      start with fault N of the list
  --parallel N  how many at a time (default: two for each processor, because the provider waits a minute for S3)`;

await runCommand('npm run bootstrap-faults', USAGE, async () => {
  const { values } = parseCommandLine({
    options: {
      sample: { type: 'string' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '1' },
      parallel: { type: 'string', default: String(2 * availableParallelism()) },
    },
  });
  const seed = parseWholeNumber('--seed', values.seed, 0);
  const parallel = parseWholeNumber('--parallel', values.parallel, 1);
  const from = parseWholeNumber('--from', values.from, 1);
  // How many there are is known later; that it is a number is checked before the set-up.
  const sampleOf = (most?: number): number | undefined =>
    values.sample === undefined ? undefined : parseWholeNumber('--sample', values.sample, 1, most);
  sampleOf();
  const starts = await Promise.allSettled(Array.from({ length: parallel }, async () => await startFaultRunner()));
  const runners = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  try {
    const failure = starts.find((start) => start.status === 'rejected');
    if (failure !== undefined) throw new Error('a bootstrap could not be set up', { cause: failure.reason });
    const [first] = runners;
    const all = first === undefined ? [] : allFaults(first.counts);
    const size = sampleOf(all.length);
    const faults = [...(size === undefined ? all : sampleFaults(all, size, seed)).entries()].slice(from - 1);
    const queue = faults.values();
    const failed: string[] = [];
    await Promise.all(
      runners.map(async (runner) => {
        for (const [index, fault] of queue) {
          const problem = await runner.tryFault(fault);
          console.log(`${String(index + 1)}: ${nameOf(fault)}: ${problem ?? 'converges'}`);
          if (problem !== null) failed.push(nameOf(fault));
        }
      }),
    );
    for (const name of failed) console.log(`does not converge: ${name}`);
    console.log(`${String(faults.length - failed.length)} of ${String(faults.length)} faults converge`);
    if (failed.length > 0) process.exitCode = 1;
  } finally {
    await Promise.all(runners.map(async (runner) => await runner.close()));
  }
});
