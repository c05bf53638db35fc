import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithTool } from '../../testing/tools.ts';
import { MEETINGS } from './meetings.ts';
import { listGrants, listSteps, playStep, playWithoutGrant } from './rows.ts';
import { openTheatre, type Theatre } from './theatre.ts';

// Each runs workflows of several jobs, on a machine that may be busy. All rows: npm run workflow-faults.
const PATIENCE_MILLISECONDS = 180_000;

describeWithTool(['git', 'bash'], 'the workflows, struck', () => {
  let theatre: Theatre;
  beforeAll(async () => {
    theatre = await openTheatre(new AbortController().signal);
    await theatre.prepare('deploy.yml');
    await theatre.run('deploy.yml');
  }, PATIENCE_MILLISECONDS);
  afterAll(async () => {
    await theatre.close();
  });

  it.each([
    ['deploy.yml', 'deploy', './actions/deploy-endpoint', 'machine-dies'],
    ['rollback.yml', 'rollback', './actions/rollback-endpoint', 'is-cancelled'],
  ] as const)(
    'agree again after the next run of %s, when in its job %s the step %s %s',
    async (workflow, job, step, kind) => {
      const rows = await listSteps();
      const row = rows.find(
        (one) => one.workflow === workflow && one.job === job && one.step === step && one.kind === kind,
      );
      if (row === undefined) throw new Error(`${workflow} has no job ${job} with a step ${step}`);
      const { struck, problems } = await playStep(theatre, row);
      expect(problems).toEqual([]);
      expect(struck).not.toBe('success');
    },
    PATIENCE_MILLISECONDS,
  );

  it.each([['deploy.yml', 'deploy', 'deployments']] as const)(
    'fail with a smaller grant: %s, its job %s with %s: read only',
    async (workflow, job, permission) => {
      const row = { workflow, file: 'deploy-service.yml', job, permission, left: 'read' } as const;
      expect(await listGrants()).toContainEqual(row);
      expect(await playWithoutGrant(theatre, row)).toBe('failure');
    },
    PATIENCE_MILLISECONDS,
  );

  it.each(MEETINGS.map(({ name, play }) => [name, play] as const))(
    'serialise what meets: %s',
    async (_, play) => {
      expect(await play(theatre)).toEqual([]);
    },
    PATIENCE_MILLISECONDS,
  );
});
