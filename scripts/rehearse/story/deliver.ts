import { trainSample, type TrainingOptions } from '../../../server/sample-model/sample-model.ts';
import { expectRuns, runsAfter } from './expect-run.ts';
import { CHECKED, expectWords, mergeAndExpect, onlyComment, onlyPull, planned } from './pull-requests.ts';
import type { EnvironmentName } from './rehearsal-environments.ts';
import type { Scene } from './scenes.ts';
import { expectOutcome } from './steps.ts';
import {
  expectLedger,
  expectServing,
  nameOfRelease,
  releaseFileOnMain,
  releaseId,
  underTraffic,
  type World,
} from './world.ts';

/** Opens a pull request with another version of the model, and sees its checks pass. */
export async function proposeModel(world: World, version: string, training: TrainingOptions): Promise<number> {
  const { model, golden } = trainSample(training);
  let number = 0;
  const runs = await runsAfter(world.stage, async () => {
    number = await world.stage.team.propose({
      branch: `model-${version}`,
      title: `Train the model of ${version}`,
      files: {
        'server/models/onnx-inference/model.onnx': model,
        'server/models/onnx-inference/golden.json': `${JSON.stringify(golden, undefined, 2)}\n`,
      },
    });
  });
  await expectRuns(runs, [{ workflow: 'pull-request.yml', conclusion: 'success', jobs: CHECKED }]);
  return number;
}

/** Merges a change of the server: its image is built, and proposed to dev, where the plan is shown. */
export async function mergeModel(world: World, version: string, pullRequest: number): Promise<string> {
  await mergeAndExpect(world, pullRequest, [
    {
      workflow: 'release.yml',
      conclusion: 'success',
      jobs: { 'Build the image': 'success', 'Propose it to dev': 'success' },
    },
    { workflow: 'pull-request.yml', conclusion: 'success', jobs: planned('dev') },
  ]);
  const pull = onlyPull(world, 'promote/dev/');
  const id = pull.pull?.headRef.replace('promote/dev/', '') ?? '';
  world.releases.set(version, id);
  expectPlanned(world, 'dev', version);
  return `#${String(pull.number)} proposes ${id} to dev`;
}

/** Holds the promotion pull request of an environment against what a reviewer should see in it. */
export function expectPlanned(world: World, environment: EnvironmentName, version: string): number {
  const { number, body, user } = onlyPull(world, `promote/${environment}/`);
  const id = releaseId(world, version);
  expectOutcome('the promotion is opened by', user.login, 'models-app[bot]');
  expectWords(`#${String(number)}`, body ?? '', [id]);
  expectWords(`the comment on #${String(number)}`, onlyComment(world, number), [id, environment]);
  return number;
}

/** How a deployment of one environment goes. */
export interface Deployment {
  readonly environment: EnvironmentName;
  readonly from: string;
  readonly to: string;
  readonly next: EnvironmentName | undefined;
}

/** Merges a promotion: the reviewed plan is applied, the endpoint swapped and verified, the next environment proposed. */
export async function deployPromotion(world: World, { environment, from, to, next }: Deployment): Promise<string> {
  const { number } = onlyPull(world, `promote/${environment}/`);
  const traffic = await underTraffic(world, `${environment}: ${from} → ${to}`, environment, [from, to], async () => {
    await mergeAndExpect(world, number, [
      deployed(environment),
      ...(next === undefined
        ? []
        : [{ workflow: 'pull-request.yml', conclusion: 'success' as const, jobs: planned(next) }]),
    ]);
  });
  await expectServing(world, environment, to);
  expectLedger(world, environment, { task: 'deploy', release: to, state: 'success' });
  expectOutcome(`live on main in ${environment}`, await liveOnMain(world, environment), to);
  return `${to} serves and is verified${traffic}`;
}

/** A run of deploy.yml in which every environment is deployed. */
export function deployed(...environments: readonly EnvironmentName[]) {
  const jobs = environments.flatMap((name) => [
    [`Deploy ${name}`, 'success'] as const,
    [`Propose what ${name} verified to the next one`, 'success'] as const,
  ]);
  return {
    workflow: 'deploy.yml',
    conclusion: 'success' as const,
    jobs: {
      'Find the changed environments': 'success' as const,
      'Mark the plans of other pull requests as void': 'success' as const,
      ...Object.fromEntries(jobs),
    },
  };
}

/** The live release of an environment on main, by the story's name. */
export async function liveOnMain(world: World, environment: EnvironmentName): Promise<string> {
  return nameOfRelease(world, (await releaseFileOnMain(world, environment)).live ?? '(none)');
}

export const DELIVER: readonly Scene[] = [
  {
    id: 'change',
    title: 'a pull request brings model v2',
    shows: 'pull-request.yml checks it; nothing is planned, since no environment changes; the gate is green',
    play: async (world) => {
      const number = await proposeModel(world, 'v2', { seed: 2, rows: 2000 });
      return { outcome: `#${String(number)} is checked, the gate is green` };
    },
  },
  {
    id: 'image',
    title: 'merged: the image is built and proposed to dev',
    shows: 'release.yml builds and pushes once and opens the promotion to dev, whose plan is shown in one comment',
    play: async (world) => ({ outcome: await mergeModel(world, 'v2', onlyPull(world, 'model-v2').number) }),
  },
  {
    id: 'dev',
    title: 'dev takes v2 by canary, under traffic',
    shows: 'deploy.yml applies the reviewed plan, swaps, smoke-tests, records, and opens the promotion to staging',
    play: async (world) => ({
      outcome: await deployPromotion(world, { environment: 'dev', from: 'v1', to: 'v2', next: 'staging' }),
    }),
  },
  {
    id: 'staging',
    title: 'staging takes v2, under traffic',
    shows: 'the same artifact, once more planned, reviewed, swapped and verified; the promotion to production',
    play: async (world) => {
      expectPlanned(world, 'staging', 'v2');
      return {
        outcome: await deployPromotion(world, { environment: 'staging', from: 'v1', to: 'v2', next: 'production' }),
      };
    },
  },
  {
    id: 'production',
    title: 'production waits for a yes, then takes v2, under traffic',
    shows: 'the job waits for the approval of the environment and touches nothing before; then a linear swap',
    play: async (world) => {
      expectPlanned(world, 'production', 'v2');
      const waited = approveWhenWaiting(world, async () => await expectServing(world, 'production', 'v1'));
      const outcome = await deployPromotion(world, {
        environment: 'production',
        from: 'v1',
        to: 'v2',
        next: undefined,
      });
      await waited;
      return { outcome };
    },
  },
];

/** Approves production as soon as a job waits for it, after a look at how things stand. */
export async function approveWhenWaiting({ stage }: World, look: () => Promise<void>): Promise<void> {
  while (stage.approvals.waiting().length === 0) {
    stage.signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await look();
  stage.approvals.decide('production', true);
}
