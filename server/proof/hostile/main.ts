import { parseCommandLine, parseWholeNumber, runCommand } from '../../../scripts/command-line.ts';
import { serverBundle } from '../../src/testing/server-process.ts';
import { sendHostileMessages } from './send-hostile.ts';
import { sampleTarget, typedTarget } from './targets.ts';

const usage = 'usage: npm run hostile -- [--count N] [--seed N] [--bundle FILE]';

await runCommand('npm run hostile', usage, async () => {
  const { values } = parseCommandLine({
    options: {
      count: { type: 'string', default: '100000' },
      bundle: { type: 'string', default: serverBundle },
      seed: { type: 'string', default: '1' },
    },
  });
  const count = parseWholeNumber('--count', values.count, 100);
  const seed = parseWholeNumber('--seed', values.seed, 0);
  let failed = false;
  const targets = [
    { placement: 'inline', name: 'sample model on the event loop', target: sampleTarget() },
    { placement: 'workers', name: 'model of many types in worker threads', target: typedTarget() },
  ];
  for (const { placement, name, target } of targets) {
    const report = await sendHostileMessages({
      target,
      seed,
      count: Math.ceil(count / 2),
      bundle: values.bundle,
      environment: { PLACEMENT: placement },
    });
    const resident = report.residentMebibytes;
    // It goes up and down with garbage collection: the peak of the first half is what the end is held to.
    const warm = Math.max(...resident.slice(0, resident.length / 2));
    const end = resident.at(-1) ?? Infinity;
    const grown = end > 1.1 * warm + 10;
    console.log(
      `${name}: ${report.sent} hostile messages in ${report.seconds.toFixed(1)} s, responses ${JSON.stringify(report.statuses)}`,
    );
    console.log(
      `${name}: resident ${resident.map((each) => each.toFixed(0)).join(', ')} MiB after each eighth${grown ? ': it grew' : ''}`,
    );
    for (const problem of report.problems) console.log(`${name}: PROBLEM ${problem}`);
    failed ||= grown || report.problems.length > 0;
  }
  console.log(
    failed
      ? 'the server did not hold'
      : 'no crash, no hang, no 5xx, no growth; every good request got the right response',
  );
  process.exitCode = failed ? 1 : 0;
});
