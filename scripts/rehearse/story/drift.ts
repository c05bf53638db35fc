import { setTimeout as delay } from 'node:timers/promises';
import { SageMakerClient, UpdateEndpointCommand } from '@aws-sdk/client-sagemaker';
import { endpointConfigName, endpointName } from '../../../actions/lib/domain/environment/names.ts';
import { GITHUB_ACTIONS, type Issue } from '@sagemaker-gitops/local-github';
import { chainsOf } from './content.ts';
import { deployed } from './deliver.ts';
import { expectRuns, runsAfter } from './expect-run.ts';
import { clientOptions } from './first-release.ts';
import { expectWords } from './pull-requests.ts';
import { withApproval } from './roll-back.ts';
import type { Scene } from './scenes.ts';
import { expectOutcome } from './steps.ts';
import { expectLedger, expectServing, releaseId, settingsOf, type World } from './world.ts';

/** Runs drift.yml as its schedule would; its jobs succeed whether there is drift or not. */
async function lookForDrift({ stage }: World): Promise<void> {
  const sha = await stage.github.git.resolve('refs/heads/main');
  const runs = await runsAfter(stage, async () => {
    await stage.runner.deliver({
      name: 'schedule',
      actor: GITHUB_ACTIONS,
      ref: 'refs/heads/main',
      sha: sha ?? '',
      payload: { schedule: '17 * * * *' },
    });
  });
  const looks = chainsOf(stage.content).flatMap(({ environments }) =>
    environments.map(({ name }) => [`Look at ${name}`, 'success'] as const),
  );
  await expectRuns(runs, [
    {
      workflow: 'drift.yml',
      conclusion: 'success',
      jobs: { 'List the environments': 'success', ...Object.fromEntries(looks) },
    },
  ]);
}

function driftIssues({ stage }: World): readonly Issue[] {
  return stage.github.state.issues.filter((issue) => issue.pull === undefined && issue.title.startsWith('Drift in '));
}

/** Swaps an endpoint to a release as somebody in the console would: no deployment config and no alarm. */
export async function swapInConsole(world: World, name: string, release: string): Promise<void> {
  const { stage } = world;
  const settings = settingsOf(world, name);
  const EndpointName = endpointName(settings);
  const EndpointConfigName = endpointConfigName(settings, release);
  const sagemaker = new SageMakerClient(clientOptions(stage.awsEnvironmentOf(settings)));
  await sagemaker.send(new UpdateEndpointCommand({ EndpointName, EndpointConfigName }));
  sagemaker.destroy();
  const isSettled = (): boolean =>
    stage.aws.inspectEndpoints().some((endpoint) => endpoint.name === EndpointName && endpoint.status === 'InService');
  while (!isSettled()) await delay(50, undefined, { signal: stage.signal });
}

/** The scenes in which the last environment is changed outside of Git, and put right. */
export function driftScenes({ chain }: Pick<World, 'chain'>): readonly Scene[] {
  const { name } = chain.last;
  return [
    {
      id: 'drift',
      title: `somebody swaps ${name} in the console`,
      shows: `drift.yml opens one issue, for ${name} alone, that says what serves and what should`,
      play: async (world) => {
        await swapInConsole(world, name, releaseId(world, name, 'v2'));
        expectServing(world, name, 'v2');
        await lookForDrift(world);
        const [issue, ...others] = driftIssues(world);
        const found = [issue?.title, others.length, issue?.state];
        expectOutcome('issues about drift', found, [`Drift in ${name}`, 0, 'open']);
        const ids = [releaseId(world, name, 'v1'), releaseId(world, name, 'v2')];
        expectWords('the issue', issue?.body ?? '', ids);
        return { outcome: `#${String(issue?.number)} says that v2 serves where Git says v1` };
      },
    },
    {
      id: 'heal',
      title: 'deploy.yml brings back what Git says',
      shows: 'a dispatch of deploy.yml swaps back and verifies; drift.yml closes its issue and finds nothing more',
      play: async (world) => {
        const { stage } = world;
        await withApproval(world, name, 'v2', async () => {
          const runs = await runsAfter(stage, async () => {
            await stage.team.dispatch('deploy.yml', { environment: name });
          });
          await expectRuns(runs, [deployed(world, name)]);
        });
        expectServing(world, name, 'v1');
        expectLedger(world, name, { task: 'deploy', release: 'v1', state: 'success' });
        await lookForDrift(world);
        const states = driftIssues(world).map(({ title, state }) => `${title}: ${state}`);
        expectOutcome('issues about drift', states, [`Drift in ${name}: closed`]);
        return { outcome: 'v1 serves and is verified; the issue is closed' };
      },
    },
  ];
}
