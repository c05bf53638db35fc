import { readFile } from 'node:fs/promises';
import { DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { endpointConfigName } from '../../../actions/lib/domain/environment/names.ts';
import { renderReleaseFile, setLive } from '../../../actions/lib/domain/release/edit.ts';
import { failedIn, foundAsItIs } from './deploy-runs.ts';
import {
  expectPlanned,
  mergeModel,
  modelOnMain,
  modelPath,
  NOTHING_BUILT,
  NOTHING_DEPLOYED,
  proposeModel,
} from './deliver.ts';
import { withTurnedOutputs, withVersion } from '../../content/derived-models.ts';
import { expectRuns, runsAfter, type ExpectedRun } from './expect-run.ts';
import { clientOptions } from './first-release.ts';
import { expectToldOfDeployment } from './notifications.ts';
import { checked, expectWords, mergeAndExpect, onlyComment, onlyPull, REFUSED, reviewed } from './pull-requests.ts';
import type { ScenarioStep } from './scenario-step.ts';
import { expectOutcome, UnexpectedOutcome } from './steps.ts';
import {
  expectLedger,
  expectServing,
  releaseFileOnMain,
  releaseId,
  underTraffic,
  type ScenarioContext,
} from './context.ts';

/** What a step says when the story has no wrong model to go on with. */
const WITHOUT_BAD_MODEL = 'not played: there is no model that the smoke cases tell from the right one';

const SILENT_CASES =
  'the smoke cases of SERVICE do not tell its model from the same one with every answer turned: add a case that expects a value';
const NO_NUMBERS =
  'the model of SERVICE answers with texts alone: the rehearsal has no way to turn them, so it plays no wrong model';

function addFinding(context: ScenarioContext, finding: string): { readonly outcome: string } {
  const text = finding.replace('SERVICE', context.chain.service);
  context.findings.push(text);
  return { outcome: `finding: ${text}` };
}

/**
 * The steps in which a wrong model is refused, merged all the same and not proposed; and one that is wrong in the fleet alone is
 * stopped by the first environment.
 */
export function badModelSteps({ chain }: Pick<ScenarioContext, 'chain'>): readonly ScenarioStep[] {
  const { first } = chain;
  // The model before the wrong one, once the smoke cases have told the two apart.
  let right: Uint8Array | undefined;
  let wrongImage = '';
  return [
    {
      id: 'bad-model',
      title: `a pull request brings ${chain.service} v3, which answers wrongly`,
      shows: 'the same graph with turned outputs: healthy, fast and wrong; the smoke cases refuse it, the gate is red',
      run: async (context) => {
        const model = await modelOnMain(context);
        const wrong = withTurnedOutputs(model);
        if (wrong === undefined) return addFinding(context, NO_NUMBERS);
        let number = 0;
        const [run, ...others] = await runsAfter(context.fixture, async () => {
          const files = { [modelPath(context)]: wrong };
          number = await context.fixture.team.propose({ branch: 'model-v3', title: 'Update the model to v3', files });
        });
        if (run?.conclusion === 'success') return addFinding(context, SILENT_CASES);
        await expectRuns(
          [run, ...others].filter((one) => one !== undefined),
          [reviewed(chain.service, REFUSED)],
        );
        right = model;
        const lead = onlyComment(context, number).split('\n').slice(0, 3).join('\n');
        const [, sentence = ''] = /^## Model review: (.*)$/m.exec(lead) ?? [];
        if (sentence === '' || sentence.startsWith('no answer differs')) {
          throw new UnexpectedOutcome(
            `the comment on #${String(number)} does not begin with what v3 answers differently:\n${lead}`,
          );
        }
        return { outcome: `#${String(number)} is refused before anything is built: ${sentence}` };
      },
    },
    {
      id: 'stopped',
      title: 'merged all the same: the image of v3 is not proposed',
      shows: 'an administrator merges past the gate; release.yml asks the image that it built, and ends there',
      run: async (context) => {
        if (right === undefined) return { outcome: WITHOUT_BAD_MODEL };
        await mergeAndExpect(context, onlyPull(context, 'model-v3').number, [NOTHING_DEPLOYED, refusedImage(context)]);
        wrongImage = await digestOfMain(context);
        for (const { name } of chain.environments) {
          expectOutcome(`promotions to ${name}`, context.fixture.team.openPulls(`promote/${name}/`).length, 0);
          expectServing(context, name, 'v2');
        }
        return { outcome: 'the image is built and asked, and no promotion is opened' };
      },
    },
    {
      id: 'right-on-runner',
      title: `v4 answers rightly on the runner, and is proposed to ${first.name}`,
      shows: 'the pull request and the image pass every case',
      run: async (context) => {
        if (right === undefined) return { outcome: WITHOUT_BAD_MODEL };
        const number = await proposeModel(context, 'v4', withVersion(right, 4), reviewed(chain.service, checked()));
        return { outcome: await mergeModel(context, 'v4', number) };
      },
    },
    {
      id: 'wrong-in-fleet',
      title: `v4 answers wrongly in the fleet: ${first.name} stops it while it bakes, under traffic`,
      shows:
        'the instances run what v3 was; a probe finds it, the abort alarm goes off, and the endpoint goes back to v2',
      run: async (context) => {
        if (right === undefined) return { outcome: WITHOUT_BAD_MODEL };
        const { fixture } = context;
        const number = expectPlanned(context, first.name, 'v4');
        const configName = endpointConfigName(first, releaseId(context, first.name, 'v4'));
        const restore = fixture.aws.faults.inject({ kind: 'other-image', configName, digest: wrongImage });
        const name = `${first.name}: v2 → v4 and back`;
        const work = async (): Promise<void> => {
          const runs = await runsAfter(fixture, async () => await fixture.team.merge(number));
          await expectRuns(runs, [failedIn(context, first.name, 'Swap'), NOTHING_BUILT]);
          const swap = runs.flatMap(({ jobs }) => jobs).find((job) => job.name.endsWith('/ Route and verify'));
          // Without probes the smoke test finds it, once all callers have it.
          const found = first.probes === null ? 'case "' : 'probe of green, case "';
          expectWords('the log of the swap', await readFile(swap?.logFile ?? '', 'utf8'), [found]);
        };
        const traffic = await underTraffic(context, name, first.name, ['v2', 'v4'], work, 'allowed').finally(restore);
        expectServing(context, first.name, 'v2');
        await expectLedger(context, first.name, { task: 'deploy', release: 'v4', outcome: 'rolled-back' });
        await expectToldOfDeployment(context, first.name, 'the deployment was rolled back');
        return { outcome: `rolled back to v2 and verified${traffic}` };
      },
    },
    {
      id: 'withdraw',
      title: 'the team takes v4 back in Git',
      shows: `one pull request: the live release of ${first.name}; no endpoint has to change, and nothing is built`,
      run: async (context) => {
        if (right === undefined) return { outcome: WITHOUT_BAD_MODEL };
        const number = await proposeWithdrawal(context);
        await mergeAndExpect(context, number, [foundAsItIs(context, first.name), NOTHING_BUILT]);
        for (const { name } of chain.environments) {
          expectOutcome(`promotions to ${name}`, context.fixture.team.openPulls(`promote/${name}/`).length, 0);
          expectServing(context, name, 'v2');
        }
        return { outcome: `v2 serves in ${chain.environments.map(({ name }) => name).join(', ')}, as Git says` };
      },
    },
  ];
}

/** A run of release.yml that builds an image, asks it, and stops. */
function refusedImage({ chain: { service } }: ScenarioContext): ExpectedRun {
  return {
    workflow: 'release.yml',
    conclusion: 'failure',
    jobs: {
      'Choose the services': 'success',
      [`${service} / Build the image`]: 'failure',
      [`${service} / Review / Ask both models`]: 'success',
    },
  };
}

/** The digest of the image that was built of what main is. */
async function digestOfMain(context: ScenarioContext): Promise<string> {
  const { fixture, chain } = context;
  await fixture.team.readMain(modelPath(context));
  const imageTag = await fixture.repository.git(['rev-parse', 'HEAD']);
  const ecr = new ECRClient(clientOptions(fixture.awsEnvironmentOf(chain.first)));
  const query = new DescribeImagesCommand({ repositoryName: chain.service, imageIds: [{ imageTag }] });
  const { imageDetails = [] } = await ecr.send(query);
  ecr.destroy();
  return imageDetails[0]?.imageDigest ?? '';
}

/** Opens the pull request that makes v2 the live release of the first environment again. */
async function proposeWithdrawal(context: ScenarioContext): Promise<number> {
  const { fixture, chain } = context;
  const path = `environments/${chain.first.name}/release.json`;
  const before = releaseId(context, chain.first.name, 'v2');
  const file = setLive(await releaseFileOnMain(context, chain.first.name), before, path);
  let number = 0;
  const runs = await runsAfter(fixture, async () => {
    number = await fixture.team.propose({
      branch: 'withdraw-v4',
      title: 'Take v4 back',
      files: { [path]: renderReleaseFile(file) },
    });
  });
  await expectRuns(runs, [checked(chain.first.name)]);
  return number;
}
