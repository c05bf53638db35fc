import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { modelFolder, type Content } from './content.ts';
import { expectRuns, runsAfter, type ExpectedRun } from './expect-run.ts';
import { checked, expectWords, mergeAndExpect, onlyComment, onlyPull } from './pull-requests.ts';
import type { Scene } from './scenes.ts';
import { withVersion } from './derived-models.ts';
import { isProtected } from './stage.ts';
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

/** Where the model of the story's service is on main. */
export function modelPath({ chain }: World): string {
  return `${modelFolder(chain.service)}/model.onnx`;
}

/** The model of the story's service on main. */
export async function modelOnMain(world: World): Promise<Uint8Array> {
  await world.stage.team.readMain(modelPath(world));
  return await readFile(path.join(world.stage.repository.root, modelPath(world)));
}

/** Opens a pull request with another version of the model, and asserts the run that checks it. */
async function proposeModel(world: World, version: string, model: Uint8Array, expected: ExpectedRun): Promise<number> {
  let number = 0;
  const runs = await runsAfter(world.stage, async () => {
    number = await world.stage.team.propose({
      branch: `model-${version}`,
      title: `Update the model to ${version}`,
      files: { [modelPath(world)]: model },
    });
  });
  await expectRuns(runs, [expected]);
  return number;
}

/** A run of deploy.yml that finds nothing to do. */
const NOTHING_DEPLOYED: ExpectedRun = {
  workflow: 'deploy.yml',
  conclusion: 'success',
  jobs: { 'Find the changed environments': 'success' },
};

/** A run of release.yml that finds nothing to build. */
export const NOTHING_BUILT: ExpectedRun = {
  workflow: 'release.yml',
  conclusion: 'success',
  jobs: { 'Choose the services': 'success' },
};

/** A run of release.yml that builds the image of the story's service and proposes it. */
export function released({ chain: { service, first } }: World): ExpectedRun {
  return {
    workflow: 'release.yml',
    conclusion: 'success',
    jobs: {
      'Choose the services': 'success',
      [`${service} / Build the image`]: 'success',
      [`${service} / Propose it to ${first.name}`]: 'success',
    },
  };
}

/** A run of deploy.yml that deploys some environments of the story's service. */
export function deployed({ chain: { service } }: World, ...environments: readonly string[]): ExpectedRun {
  const jobs = environments.flatMap((name) => [
    [`${service} / Deploy ${name}`, 'success'] as const,
    [`${service} / Propose what ${name} verified to the next one`, 'success'] as const,
  ]);
  return {
    workflow: 'deploy.yml',
    conclusion: 'success',
    jobs: {
      'Find the changed environments': 'success',
      'Mark the plans of other pull requests as void': 'success',
      ...Object.fromEntries(jobs),
    },
  };
}

/** Merges a change of the model: its image is built and proposed to the first environment, where the plan is shown. */
export async function mergeModel(world: World, version: string, pullRequest: number): Promise<string> {
  const { name } = world.chain.first;
  await mergeAndExpect(world, pullRequest, [NOTHING_DEPLOYED, released(world), checked(name)]);
  const number = expectPlanned(world, name, version);
  return `#${String(number)} proposes ${releaseId(world, name, version)} to ${name}`;
}

/** Asserts what a reviewer sees in the promotion pull request of an environment, and keeps the id of its release. */
export function expectPlanned(world: World, environment: string, version: string): number {
  const { number, body, user, pull } = onlyPull(world, `promote/${environment}/`);
  const id = pull?.headRef.replace(`promote/${environment}/`, '') ?? '';
  world.releases.get(environment)?.set(version, id);
  expectOutcome('the promotion is opened by', user.login, 'models-app[bot]');
  expectWords(`#${String(number)}`, body ?? '', [id]);
  expectWords(`the comment on #${String(number)}`, onlyComment(world, number), [id, environment]);
  return number;
}

/** Merges a promotion: the reviewed plan is applied, the endpoint swapped and verified, the next environment proposed. */
async function deployPromotion(world: World, environment: string, from: string, to: string): Promise<string> {
  const { environments } = world.chain;
  const next = environments[environments.findIndex(({ name }) => name === environment) + 1]?.name;
  const number = expectPlanned(world, environment, to);
  const approved = isProtected(world.stage.content, environment)
    ? approveWhenWaiting(world, environment, () => expectServing(world, environment, from))
    : undefined;
  const traffic = await underTraffic(world, `${environment}: ${from} → ${to}`, environment, [from, to], async () => {
    await mergeAndExpect(world, number, [
      deployed(world, environment),
      NOTHING_BUILT,
      ...(next === undefined ? [] : [checked(next)]),
    ]);
  });
  await approved;
  expectServing(world, environment, to);
  expectLedger(world, environment, { task: 'deploy', release: to, state: 'success' });
  expectOutcome(`live on main in ${environment}`, await liveOnMain(world, environment), to);
  return `${to} serves and is verified${traffic}`;
}

/** The live release of an environment on main, by the story's name. */
export async function liveOnMain(world: World, environment: string): Promise<string> {
  return nameOfRelease(world, (await releaseFileOnMain(world, environment)).live ?? '(none)');
}

/** Approves an environment as soon as a job waits for it, after a look at how things stand. */
export async function approveWhenWaiting({ stage }: World, environment: string, look: () => void): Promise<void> {
  while (stage.approvals.waiting().length === 0) {
    stage.signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  look();
  stage.approvals.decide(environment, true);
}

/** The scenes in which a new version of the model passes the chain. */
export function deliverScenes(content: Content): readonly Scene[] {
  const chain = content.main;
  return [
    {
      id: 'change',
      title: `a pull request brings ${chain.service} v2`,
      shows: 'pull-request.yml asks the model every smoke case; nothing is planned, since no environment changes',
      play: async (stage) => {
        const model = withVersion(await modelOnMain(stage), 2);
        const number = await proposeModel(stage, 'v2', model, checked());
        const digest = createHash('sha256').update(model).digest('hex');
        return { outcome: `#${String(number)} is checked, the gate is green (model sha256:${digest.slice(0, 12)})` };
      },
    },
    {
      id: 'image',
      title: `merged: the image is built and proposed to ${chain.first.name}`,
      shows: `release.yml builds and pushes once and opens the promotion to ${chain.first.name}, whose plan is shown`,
      play: async (stage) => ({ outcome: await mergeModel(stage, 'v2', onlyPull(stage, 'model-v2').number) }),
    },
    ...chain.environments.map(({ name, swap }) => {
      const play = async (stage: World) => ({ outcome: await deployPromotion(stage, name, 'v1', 'v2') });
      const shows = 'deploy.yml applies the reviewed plan, swaps, smoke-tests, records, and opens the next promotion';
      return isProtected(content, name)
        ? {
            id: `deploy-${name}`,
            title: `${name} waits for an approval, then takes v2 by ${swap.strategy}, under traffic`,
            ...{ shows, play },
          }
        : { id: `deploy-${name}`, title: `${name} takes v2 by ${swap.strategy}, under traffic`, shows, play };
    }),
  ];
}
