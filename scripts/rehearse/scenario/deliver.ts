import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { modelFolder, type Content } from './content.ts';
import { approveWhenWaiting, deployed } from './deploy-runs.ts';
import { expectRuns, runsAfter, type ExpectedRun } from './expect-run.ts';
import { expectToldOfDeployment } from './notifications.ts';
import { checked, expectWords, mergeAndExpect, onlyComment, onlyPull, reviewed } from './pull-requests.ts';
import type { ScenarioStep } from './scenario-step.ts';
import { withVersion } from '../../content/derived-models.ts';
import { isProtected } from './fixture.ts';
import { expectOutcome, UnexpectedOutcome } from './steps.ts';
import {
  expectLedger,
  expectServing,
  nameOfRelease,
  releaseFileOnMain,
  releaseId,
  underTraffic,
  type ScenarioContext,
} from './context.ts';

/** Where the model of the story's service is on main. */
export function modelPath({ chain }: ScenarioContext): string {
  return `${modelFolder(chain.service)}/model.onnx`;
}

/** The model of the story's service on main. */
export async function modelOnMain(context: ScenarioContext): Promise<Uint8Array> {
  await context.fixture.team.readMain(modelPath(context));
  return await readFile(path.join(context.fixture.repository.root, modelPath(context)));
}

/** Opens a pull request with another version of the model, and asserts the run that checks it. */
export async function proposeModel(
  context: ScenarioContext,
  version: string,
  model: Uint8Array,
  expected: ExpectedRun,
): Promise<number> {
  let number = 0;
  const runs = await runsAfter(context.fixture, async () => {
    number = await context.fixture.team.propose({
      branch: `model-${version}`,
      title: `Update the model to ${version}`,
      files: { [modelPath(context)]: model },
    });
  });
  await expectRuns(runs, [expected]);
  return number;
}

/** Asserts what a reviewer reads of v2, which is v1 under another version; gives its sentence. */
function expectReview(context: ScenarioContext, number: number): string {
  const [, sentence] = /^## Model review: (no answer differs in \d+ rows?)$/m.exec(onlyComment(context, number)) ?? [];
  if (sentence !== undefined) return sentence;
  throw new UnexpectedOutcome(`the comment on #${String(number)} does not say that no answer differs`);
}

/** A run of deploy.yml that finds nothing to do. */
export const NOTHING_DEPLOYED: ExpectedRun = {
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
function released({ chain: { service, first } }: ScenarioContext): ExpectedRun {
  return {
    workflow: 'release.yml',
    conclusion: 'success',
    jobs: {
      'Choose the services': 'success',
      [`${service} / Build the image`]: 'success',
      [`${service} / Review / Ask both models`]: 'success',
      [`${service} / Propose it to ${first.name}`]: 'success',
    },
  };
}

/** Merges a change of the model: its image is built and proposed to the first environment, where the plan is shown. */
export async function mergeModel(context: ScenarioContext, version: string, pullRequest: number): Promise<string> {
  const { name } = context.chain.first;
  await mergeAndExpect(context, pullRequest, [NOTHING_DEPLOYED, released(context), checked(name)]);
  const number = expectPlanned(context, name, version);
  const body = onlyPull(context, `promote/${name}/`).body ?? '';
  expectWords(`#${String(number)}`, body, ['without a network, and answered all', reviewTitle(name)]);
  return `#${String(number)} proposes ${releaseId(context, name, version)} to ${name}`;
}

/** What stands above the review in the promotion pull request of an environment. */
function reviewTitle(environment: string): string {
  return `### What it answers differently from what serves in ${environment}`;
}

/** Asserts what a reviewer sees in the promotion pull request of an environment, and keeps the id of its release. */
export function expectPlanned(context: ScenarioContext, environment: string, version: string): number {
  const { number, body, user, pull } = onlyPull(context, `promote/${environment}/`);
  const id = pull?.headRef.replace(`promote/${environment}/`, '') ?? '';
  context.releases.get(environment)?.set(version, id);
  expectOutcome('the promotion is opened by', user.login, 'models-app[bot]');
  expectWords(`#${String(number)}`, body ?? '', [id]);
  expectWords(`the comment on #${String(number)}`, onlyComment(context, number), [id, environment]);
  return number;
}

/** Merges a promotion: the reviewed plan is applied, the endpoint swapped and verified, the next environment proposed. */
async function deployPromotion(
  context: ScenarioContext,
  environment: string,
  from: string,
  to: string,
): Promise<string> {
  const { environments } = context.chain;
  const next = environments[environments.findIndex(({ name }) => name === environment) + 1]?.name;
  const number = expectPlanned(context, environment, to);
  // v2 is v1 under another version: another file, and the same answers.
  const body = onlyPull(context, `promote/${environment}/`).body ?? '';
  expectWords(`#${String(number)}`, body, [reviewTitle(environment), '**no answer differs in ']);
  const approved = isProtected(context.fixture.content, environment)
    ? approveWhenWaiting(context, environment, () => expectServing(context, environment, from))
    : undefined;
  const traffic = await underTraffic(context, `${environment}: ${from} → ${to}`, environment, [from, to], async () => {
    await mergeAndExpect(context, number, [
      deployed(context, environment),
      NOTHING_BUILT,
      ...(next === undefined ? [] : [checked(next)]),
    ]);
  });
  await approved;
  expectServing(context, environment, to);
  await expectLedger(context, environment, { task: 'deploy', release: to, outcome: 'promoted' });
  await expectToldOfDeployment(context, environment, 'promoted');
  expectOutcome(`live on main in ${environment}`, await liveOnMain(context, environment), to);
  return `${to} serves and is verified${traffic}`;
}

/** The live release of an environment on main, by the story's name. */
export async function liveOnMain(context: ScenarioContext, environment: string): Promise<string> {
  return nameOfRelease(context, (await releaseFileOnMain(context, environment)).live ?? '(none)');
}

/** The steps in which a new version of the model passes the chain. */
export function deliverSteps(content: Content): readonly ScenarioStep[] {
  const chain = content.main;
  return [
    {
      id: 'change',
      title: `a pull request brings ${chain.service} v2`,
      shows:
        'pull-request.yml asks the model every smoke case, and reviews it: the comment says that no answer differs from v1',
      run: async (context) => {
        const model = withVersion(await modelOnMain(context), 2);
        const number = await proposeModel(context, 'v2', model, reviewed(chain.service, checked()));
        const review = expectReview(context, number);
        const digest = createHash('sha256').update(model).digest('hex');
        return { outcome: `#${String(number)} is green (model sha256:${digest.slice(0, 12)}): ${review}` };
      },
    },
    {
      id: 'image',
      title: `merged: the image is built and proposed to ${chain.first.name}`,
      shows: `release.yml builds and pushes once, asks that image every case, and opens the promotion to ${chain.first.name}, which says what changes in its answers and in the plan`,
      run: async (context) => ({ outcome: await mergeModel(context, 'v2', onlyPull(context, 'model-v2').number) }),
    },
    ...chain.environments.map(({ name, swap }) => {
      const run = async (context: ScenarioContext) => ({ outcome: await deployPromotion(context, name, 'v1', 'v2') });
      const shows = 'deploy.yml applies the reviewed plan, swaps, smoke-tests, records, and opens the next promotion';
      return isProtected(content, name)
        ? {
            id: `deploy-${name}`,
            title: `${name} waits for an approval, then takes v2 by ${swap.strategy}, under traffic`,
            ...{ shows, run },
          }
        : { id: `deploy-${name}`, title: `${name} takes v2 by ${swap.strategy}, under traffic`, shows, run };
    }),
  ];
}
