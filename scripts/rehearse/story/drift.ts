import { setTimeout as delay } from 'node:timers/promises';
import { SageMakerClient, UpdateEndpointCommand } from '@aws-sdk/client-sagemaker';
import { endpointConfigName, endpointName } from '../../../actions/lib/domain/names.ts';
import { readEnvironmentFolder } from '../../../actions/lib/adapters/environment-folder.ts';
import { GITHUB_ACTIONS, type Issue } from '../local-github/state.ts';
import { approveWhenWaiting, deployed } from './deliver.ts';
import { expectRuns, runsAfter } from './expect-run.ts';
import { expectWords } from './pull-requests.ts';
import { ENVIRONMENTS, type EnvironmentName } from './rehearsal-environments.ts';
import type { Scene } from './scenes.ts';
import { expectOutcome } from './steps.ts';
import { expectLedger, expectServing, releaseId, type World } from './world.ts';

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
  const looks = ENVIRONMENTS.map((name) => [`Look at ${name}`, 'success'] as const);
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

/** Swaps an endpoint as somebody in the console would: no deployment config, no alarm, no word to anybody. */
export async function swapInConsole({ stage }: World, name: EnvironmentName, release: string): Promise<void> {
  const { environment } = await readEnvironmentFolder(stage.repository.root, name);
  const EndpointName = endpointName(environment);
  const EndpointConfigName = endpointConfigName(environment, release);
  const credentials = {
    accessKeyId: stage.awsEnvironment['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: stage.awsEnvironment['AWS_SECRET_ACCESS_KEY'] ?? '',
  };
  const sagemaker = new SageMakerClient({ endpoint: stage.aws.url, region: stage.aws.region, credentials });
  await sagemaker.send(new UpdateEndpointCommand({ EndpointName, EndpointConfigName }));
  sagemaker.destroy();
  const isSettled = (): boolean =>
    stage.aws.inspectEndpoints().some(({ name, status }) => name === EndpointName && status === 'InService');
  while (!isSettled()) await delay(50, undefined, { signal: stage.signal });
}

export const DRIFT: readonly Scene[] = [
  {
    id: 'drift',
    title: 'somebody swaps production in the console',
    shows: 'drift.yml opens one issue, for production alone, that says what serves and what should',
    play: async (world) => {
      await swapInConsole(world, 'production', releaseId(world, 'v2'));
      await expectServing(world, 'production', 'v2');
      await lookForDrift(world);
      const [issue, ...others] = driftIssues(world);
      expectOutcome(
        'issues about drift',
        [issue?.title, others.length, issue?.state],
        ['Drift in production', 0, 'open'],
      );
      expectWords('the issue', issue?.body ?? '', [releaseId(world, 'v1'), releaseId(world, 'v2')]);
      return { outcome: `#${String(issue?.number)} says that v2 serves where Git says v1` };
    },
  },
  {
    id: 'heal',
    title: 'deploy.yml brings back what Git says',
    shows: 'a dispatch of deploy.yml swaps back and verifies; drift.yml closes its issue and finds nothing more',
    play: async (world) => {
      const { stage } = world;
      const approved = approveWhenWaiting(world, async () => await expectServing(world, 'production', 'v2'));
      const runs = await runsAfter(stage, async () => {
        await stage.team.dispatch('deploy.yml', { environment: 'production' });
      });
      await approved;
      await expectRuns(runs, [deployed('production')]);
      await expectServing(world, 'production', 'v1');
      expectLedger(world, 'production', { task: 'deploy', release: 'v1', state: 'success' });
      await lookForDrift(world);
      const states = driftIssues(world).map(({ title, state }) => `${title}: ${state}`);
      expectOutcome('issues about drift', states, ['Drift in production: closed']);
      return { outcome: 'v1 serves and is verified; the issue is closed' };
    },
  },
];
