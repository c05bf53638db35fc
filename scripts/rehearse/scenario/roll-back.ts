import { readFile } from 'node:fs/promises';
import { liveOnMain, NOTHING_BUILT } from './deliver.ts';
import { approveWhenWaiting, failedIn, foundAsItIs } from './deploy-runs.ts';
import { expectRuns, runsAfter, type ExpectedRun } from './expect-run.ts';
import { expectTold, expectToldOfDeployment, tellingJobs } from './notifications.ts';
import { checked, expectWords, mergeAndExpect, onlyPull } from './pull-requests.ts';
import type { ScenarioStep } from './scenario-step.ts';
import { isProtected } from './fixture.ts';
import { expectOutcome } from './steps.ts';
import { expectLedger, expectServing, releaseId, underTraffic, type ScenarioContext } from './context.ts';

const REASON = 'rehearsing a rollback';

/** A run of rollback.yml in which all goes well. */
function rolledBack(context: ScenarioContext, environment: string): ExpectedRun {
  return {
    workflow: 'rollback.yml',
    conclusion: 'success',
    jobs: {
      'See what is left, and abort a swap under way': 'success',
      [`Roll back ${environment}`]: 'success',
      'Make Git agree': 'success',
      ...Object.fromEntries(tellingJobs(context).map((job) => [job, 'success' as const])),
    },
  };
}

/** How often the endpoints were updated so far. */
function countUpdates({ fixture }: ScenarioContext): number {
  return fixture.aws.calls.filter(({ operation }) => operation === 'UpdateEndpoint').length;
}

/** Does something, and approves the environment on the way where it is protected. */
export async function withApproval(
  context: ScenarioContext,
  environment: string,
  serves: string,
  work: () => Promise<void>,
) {
  const approved = isProtected(context.fixture.content, environment)
    ? approveWhenWaiting(context, environment, () => expectServing(context, environment, serves))
    : undefined;
  await work();
  await approved;
}

/** The digest that Deploy asks for where nobody is set to approve what was not reviewed. */
async function namedPlan(context: ScenarioContext, name: string): Promise<Readonly<Record<string, string>>> {
  const { fixture } = context;
  if (isProtected(fixture.content, name)) return {};
  const runs = await runsAfter(fixture, async () => await fixture.team.dispatch('deploy.yml', { environment: name }));
  await expectRuns(runs, [failedIn(context, name, 'Plan')]);
  await expectTold(context, name, 'the deployment was refused: nothing was changed');
  const log = await readFile(runs[0]?.jobs.find((job) => job.name.endsWith(' / Plan'))?.logFile ?? '', 'utf8');
  return { 'plan-digest': /plan-digest: ([0-9a-f]{64})/.exec(log)?.[1] ?? '' };
}

/** The steps in which the last environment is rolled back by hand. */
export function rollBackSteps({ chain }: Pick<ScenarioContext, 'chain'>): readonly ScenarioStep[] {
  const { name } = chain.last;
  return [
    {
      id: 'rollback',
      title: `${name} is rolled back by hand, under traffic`,
      shows: 'rollback.yml goes back to the release verified before, and proposes that Git agree',
      run: async (context) => {
        const { fixture } = context;
        const traffic = await underTraffic(context, `${name}: v2 → v1 by hand`, name, ['v1', 'v2'], async () => {
          // Nobody is asked: the release is a verified one.
          const runs = await runsAfter(fixture, async () => {
            await fixture.team.dispatch('rollback.yml', { environment: name, reason: REASON });
          });
          await expectRuns(runs, [rolledBack(context, name), checked(name)]);
        });
        expectServing(context, name, 'v1');
        await expectLedger(context, name, { task: 'rollback', release: 'v1', outcome: 'promoted' });
        await expectTold(context, name, 'rolled back by hand');
        const { number, body } = onlyPull(context, `rollback-record/${name}/`);
        expectWords(`#${String(number)}`, body ?? '', [REASON]);
        return { outcome: `v1 serves and is verified, #${String(number)} records it${traffic}` };
      },
    },
    {
      id: 'held',
      title: `a deployment of what Git still says of ${name} is held`,
      shows:
        'deploy.yml applies Terraform, routes nothing, ends red, and says whose rollback holds it and how it is lifted',
      run: async (context) => {
        const { fixture } = context;
        const before = countUpdates(context);
        await withApproval(context, name, 'v1', async () => {
          const runs = await runsAfter(fixture, async () => {
            await fixture.team.dispatch('deploy.yml', { environment: name, ...(await namedPlan(context, name)) });
          });
          await expectRuns(runs, [failedIn(context, name, 'Swap')]);
          const job = runs[0]?.jobs.find((one) => one.name.endsWith('Route and verify'));
          const log = await readFile(job?.logFile ?? '', 'utf8');
          expectWords('the log', log, ['is held', REASON, `accept-rejected: ${releaseId(context, name, 'v2')}`]);
        });
        expectServing(context, name, 'v1');
        expectOutcome('updates of endpoints', countUpdates(context) - before, 0);
        await expectToldOfDeployment(context, name, 'the deployment is held: nothing was routed');
        return { outcome: 'v1 serves on, and the error names the rollback and what lifts it' };
      },
    },
    {
      id: 'record',
      title: 'merging the record makes Git agree',
      shows: 'deploy.yml finds everything as it should be: nobody is asked, and nothing is changed',
      run: async (context) => {
        const before = countUpdates(context);
        const { number } = onlyPull(context, `rollback-record/${name}/`);
        await mergeAndExpect(context, number, [foundAsItIs(context, name), NOTHING_BUILT]);
        expectServing(context, name, 'v1');
        expectOutcome(`live on main in ${name}`, await liveOnMain(context, name), 'v1');
        expectOutcome('updates of endpoints', countUpdates(context) - before, 0);
        return { outcome: 'Git says v1, and nothing had to change' };
      },
    },
  ];
}
