import { parseCommandLine, runCommand, UsageError } from '../../command-line.ts';
import { startStepRunner } from '../scenario/steps.ts';
import { renderTable } from '../../text-table.ts';
import { listGrants, listSteps, runWithFault, runWithoutGrant, type GrantRow, type StepResult } from './rows.ts';
import { startDriver } from './driver.ts';

const USAGE = `Injects a fault into each step of deploy.yml, release.yml and rollback.yml, one after the other, and checks
that Git, GitHub and AWS agree after the next run of the same workflow.

  npm run workflow-faults [-- --only TEXT] [--grants]

  --only TEXT   only rows whose "WORKFLOW JOB STEP KIND" contains the text
  --grants      instead: runs each workflow without each permission of each job, and with read in place of write;
                every such job must fail`;

interface Flags {
  readonly only: string;
  readonly grants: boolean;
}

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interruption.abort(new Error(signal)));

await runCommand('npm run workflow-faults', USAGE, async () => {
  const { values } = parseCommandLine({
    options: {
      only: { type: 'string', default: '' },
      grants: { type: 'boolean', default: false },
    },
  });
  process.exitCode = await injectFaults(values);
});

async function injectFaults(flags: Flags): Promise<number> {
  const isWanted = (...words: readonly string[]): boolean => words.join(' ').includes(flags.only);
  const grants = (await listGrants()).filter((one) => isWanted(one.workflow, one.job, one.permission, one.left));
  const steps = (await listSteps()).filter((one) => isWanted(one.workflow, one.job, one.step, one.kind));
  if ((flags.grants ? grants : steps).length === 0) {
    throw new UsageError({ what: '--only matches no row', expected: 'a text of a row', found: flags.only });
  }
  const runner = startStepRunner((line) => console.log(line), interruption.signal);
  const driver = await startDriver(interruption.signal);
  try {
    // A second release, so that a rollback has a target.
    await driver.prepare('deploy.yml');
    await driver.run('deploy.yml');
    if (flags.grants) {
      const ended: (GrantRow & { readonly result: string })[] = [];
      for (const row of grants) {
        const how = row.left === 'nothing' ? `without ${row.permission}` : `with ${row.permission}: ${row.left} only`;
        await runner.step(`${row.workflow} ${row.job} ${how}`, async () => {
          const result = await runWithoutGrant(driver, row);
          ended.push({ ...row, result });
          return { outcome: result };
        });
      }
      const rows = ended.map(({ workflow, job, permission, left, result }) => [
        workflow,
        job,
        permission,
        left,
        result,
      ]);
      console.log(`\n${renderTable(['workflow', 'job', 'permission', 'left', 'the job'], rows)}`);
      return ended.every(({ result }) => result === 'failure') ? 0 : 1;
    }
    const results: StepResult[] = [];
    for (const row of steps) {
      const { workflow, job, number, step, kind } = row;
      await runner.step(`${workflow} ${job} [${String(number)}] ${step} ${kind}`, async () => {
        const result = await runWithFault(driver, row);
        results.push(result);
        return { outcome: result.problems.join('; ') || `${result.faulty}, then ${result.next}: all agree` };
      });
    }
    const table = results.map(({ workflow, job, number, step, kind, faulty, next, problems }) => [
      ...[workflow, job, String(number), step, kind, faulty, next],
      problems.join('; ') || 'agree',
    ]);
    const header = ['workflow', 'job', '#', 'step', 'fault', 'faulty run', 'next run', 'Git, GitHub, AWS'];
    console.log(`\n${renderTable(header, table)}`);
    return results.every(({ problems }) => problems.length === 0) ? 0 : 1;
  } finally {
    await driver.close();
  }
}
