import { setTimeout as delay } from 'node:timers/promises';
import { SageMakerClient, UpdateEndpointCommand } from '@aws-sdk/client-sagemaker';
import { endpointConfigName, endpointName } from '../../../actions/lib/domain/environment/names.ts';
import { GITHUB_ACTIONS, type Issue } from '@sagemaker-gitops/local-github';
import { chainsOf } from './content.ts';
import { deployed } from './deploy-runs.ts';
import { expectRuns, runsAfter } from './expect-run.ts';
import { clientOptions } from './first-release.ts';
import { expectTold, expectToldOfDeployment } from './notifications.ts';
import { expectWords } from './pull-requests.ts';
import { withApproval } from './roll-back.ts';
import type { ScenarioStep } from './scenario-step.ts';
import { expectOutcome } from './steps.ts';
import { expectLedger, expectServing, releaseId, settingsOf, type ScenarioContext } from './context.ts';

/** Runs drift.yml as its schedule would; its jobs succeed whether there is drift or not. */
export async function lookForDrift({ fixture }: ScenarioContext): Promise<void> {
  const sha = await fixture.github.git.resolve('refs/heads/main');
  const runs = await runsAfter(fixture, async () => {
    await fixture.runner.deliver({
      name: 'schedule',
      actor: GITHUB_ACTIONS,
      ref: 'refs/heads/main',
      sha: sha ?? '',
      payload: { schedule: '17 * * * *' },
    });
  });
  const looks = chainsOf(fixture.content).flatMap(({ environments }) =>
    environments.map(({ name }) => [`Look at ${name}`, 'success'] as const),
  );
  await expectRuns(runs, [
    {
      workflow: 'drift.yml',
      conclusion: 'success',
      jobs: {
        'List the environments': 'success',
        'Examine the settings on GitHub': 'success',
        ...Object.fromEntries(looks),
        'Write the release board': 'success',
      },
    },
  ]);
}

function driftIssues({ fixture }: ScenarioContext): readonly Issue[] {
  return fixture.github.state.issues.filter((issue) => issue.pull === undefined && issue.title.startsWith('Drift in '));
}

/** Swaps an endpoint to a release as somebody in the console would: no deployment config and no alarm. */
export async function swapInConsole(context: ScenarioContext, name: string, release: string): Promise<void> {
  const { fixture } = context;
  const settings = settingsOf(context, name);
  const EndpointName = endpointName(settings);
  const EndpointConfigName = endpointConfigName(settings, release);
  const sagemaker = new SageMakerClient(clientOptions(fixture.awsEnvironmentOf(settings)));
  await sagemaker.send(new UpdateEndpointCommand({ EndpointName, EndpointConfigName }));
  sagemaker.destroy();
  const isSettled = (): boolean =>
    fixture.aws
      .inspectEndpoints()
      .some((endpoint) => endpoint.name === EndpointName && endpoint.status === 'InService');
  while (!isSettled()) await delay(50, undefined, { signal: fixture.signal });
}

/** The steps in which the last environment is changed outside of Git, and put right. */
export function driftSteps({ chain }: Pick<ScenarioContext, 'chain'>): readonly ScenarioStep[] {
  const { name } = chain.last;
  return [
    {
      id: 'drift',
      title: `somebody swaps ${name} in the console`,
      shows: `drift.yml opens one issue, for ${name} alone, that says what serves and what should`,
      run: async (context) => {
        await swapInConsole(context, name, releaseId(context, name, 'v2'));
        expectServing(context, name, 'v2');
        await lookForDrift(context);
        const [issue, ...others] = driftIssues(context);
        const found = [issue?.title, others.length, issue?.state];
        expectOutcome('issues about drift', found, [`Drift in ${name}`, 0, 'open']);
        const ids = [releaseId(context, name, 'v1'), releaseId(context, name, 'v2')];
        expectWords('the issue', issue?.body ?? '', ids);
        await expectTold(context, name, 'it is not as Git says');
        return { outcome: `#${String(issue?.number)} says that v2 serves where Git says v1` };
      },
    },
    {
      id: 'heal',
      title: 'deploy.yml brings back what Git says',
      shows:
        'a dispatch of deploy.yml that names what serves swaps back and verifies; drift.yml closes its issue and finds nothing more',
      run: async (context) => {
        const { fixture } = context;
        await withApproval(context, name, 'v2', async () => {
          const runs = await runsAfter(fixture, async () => {
            const serving = releaseId(context, name, 'v2');
            await fixture.team.dispatch('deploy.yml', { environment: name, 'accept-serving': serving });
          });
          await expectRuns(runs, [deployed(context, name)]);
        });
        expectServing(context, name, 'v1');
        await expectLedger(context, name, { task: 'deploy', release: 'v1', outcome: 'promoted' });
        await lookForDrift(context);
        const states = driftIssues(context).map(({ title, state }) => `${title}: ${state}`);
        expectOutcome('issues about drift', states, [`Drift in ${name}: closed`]);
        await expectToldOfDeployment(context, name, 'promoted');
        return { outcome: 'v1 serves and is verified; the issue is closed' };
      },
    },
  ];
}
