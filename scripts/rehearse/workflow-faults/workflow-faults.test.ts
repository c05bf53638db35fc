import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithTool } from '../../testing/tools.ts';
import { CONCURRENT_RUNS } from './concurrent-runs.ts';
import { listGrants, listSteps, runWithFault, runWithoutGrant } from './rows.ts';
import { startDriver, type WorkflowDriver } from './driver.ts';

// Each runs workflows of several jobs, on a machine that may be busy. All rows: npm run workflow-faults.
const TIMEOUT_MILLISECONDS = 180_000;

describeWithTool(['git', 'bash'], 'the workflows, with a fault injected', () => {
  let driver: WorkflowDriver;
  beforeAll(async () => {
    driver = await startDriver(new AbortController().signal);
    await driver.prepare('deploy.yml');
    await driver.run('deploy.yml');
  }, TIMEOUT_MILLISECONDS);
  afterAll(async () => {
    await driver.close();
  });

  it.each([
    ['deploy.yml', 'swap', './actions/deploy-endpoint', 'machine-dies'],
    ['rollback.yml', 'rollback', './actions/rollback-endpoint', 'is-cancelled'],
  ] as const)(
    'leave Git, GitHub and AWS in agreement after the next run of %s, when in its job %s the step %s %s',
    async (workflow, job, step, kind) => {
      const rows = await listSteps();
      const row = rows.find(
        (one) => one.workflow === workflow && one.job === job && one.step === step && one.kind === kind,
      );
      if (row === undefined) throw new Error(`${workflow} has no job ${job} with a step ${step}`);
      const { faulty, problems } = await runWithFault(driver, row);
      expect(problems).toEqual([]);
      expect(faulty).not.toBe('success');
    },
    TIMEOUT_MILLISECONDS,
  );

  it.each([['deploy.yml', 'apply', 'id-token']] as const)(
    'fail with a smaller grant: %s, its job %s without %s',
    async (workflow, job, permission) => {
      const row = { workflow, file: 'apply.yml', job, permission, left: 'nothing' } as const;
      expect(await listGrants()).toContainEqual(row);
      expect(await runWithoutGrant(driver, row)).toBe('failure');
    },
    TIMEOUT_MILLISECONDS,
  );

  // One in which two jobs want the same endpoint; the others are in the whole run.
  it.each(CONCURRENT_RUNS.slice(1, 2).map(({ name, run }) => [name, run] as const))(
    'serialise concurrent runs: %s',
    async (_, run) => {
      expect(await run(driver)).toEqual([]);
    },
    TIMEOUT_MILLISECONDS,
  );
});
