import { parseCommandLine, parseWholeNumber, runCommand } from '../../command-line.ts';
import { startFaultRunner } from './fault-runner.ts';
import { allFaults, nameOf, sampleFaults } from './faults.ts';

const USAGE = `Fails and kills a bootstrap at each of its calls to AWS and to Terraform, and checks that the next run converges to the
same account. Needs Terraform and moto.

  npm run bootstrap-faults [-- options]

  --sample N  only N of the faults
  --seed N    which ones (default: 1)
  --from N    start with fault N of the list`;

await runCommand('npm run bootstrap-faults', USAGE, async () => {
  const { values } = parseCommandLine({
    options: {
      sample: { type: 'string' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const seed = parseWholeNumber('--seed', values.seed, 0);
  const from = parseWholeNumber('--from', values.from, 1);
  const runner = await startFaultRunner();
  try {
    const all = allFaults(runner.counts);
    const size = values.sample === undefined ? undefined : parseWholeNumber('--sample', values.sample, 1, all.length);
    const faults = (size === undefined ? all : sampleFaults(all, size, seed)).slice(from - 1);
    const failed: string[] = [];
    for (const [index, fault] of faults.entries()) {
      const problem = await runner.tryFault(fault);
      console.log(`${String(index + from)}: ${nameOf(fault)}: ${problem ?? 'converges'}`);
      if (problem !== null) failed.push(nameOf(fault));
    }
    for (const name of failed) console.log(`does not converge: ${name}`);
    console.log(`${String(faults.length - failed.length)} of ${String(faults.length)} faults converge`);
    if (failed.length > 0) process.exitCode = 1;
  } finally {
    await runner.close();
  }
});
