import { renderReleaseFile, setLive } from '../../../actions/lib/domain/release/edit.ts';
import { failedIn, foundAsItIs } from './deploy-runs.ts';
import { expectPlanned, mergeModel, modelOnMain, modelPath, NOTHING_BUILT, released } from './deliver.ts';
import { withTurnedOutputs } from '../../content/derived-models.ts';
import { expectRuns, runsAfter } from './expect-run.ts';
import { checked, mergeAndExpect, onlyComment, onlyPull, REFUSED, reviewed } from './pull-requests.ts';
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

/** The steps in which a wrong model is refused, merged all the same, and stopped by the first environment. */
export function badModelSteps({ chain }: Pick<ScenarioContext, 'chain'>): readonly ScenarioStep[] {
  const { first } = chain;
  // The model before the wrong one, once the smoke cases have told the two apart.
  let right: Uint8Array | undefined;
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
      title: `merged all the same: ${first.name} stops v3, under traffic`,
      shows:
        'an administrator merges past the gate; the smoke test fails, the endpoint goes back to v2 and is verified',
      run: async (context) => {
        if (right === undefined) return { outcome: WITHOUT_BAD_MODEL };
        await mergeModel(context, 'v3', onlyPull(context, 'model-v3').number);
        const number = expectPlanned(context, first.name, 'v3');
        const name = `${first.name}: v2 → v3 and back`;
        const traffic = await underTraffic(context, name, first.name, ['v2', 'v3'], async () => {
          await mergeAndExpect(context, number, [failedIn(context, first.name, 'Swap'), NOTHING_BUILT]);
        });
        expectServing(context, first.name, 'v2');
        await expectLedger(context, first.name, { task: 'deploy', release: 'v3', outcome: 'rolled-back' });
        for (const { name } of chain.environments.slice(1)) {
          expectOutcome(`promotions to ${name}`, context.fixture.team.openPulls(`promote/${name}/`).length, 0);
          expectServing(context, name, 'v2');
        }
        return { outcome: `rolled back to v2 and verified${traffic}` };
      },
    },
    {
      id: 'withdraw',
      title: 'the team takes v3 back in Git',
      shows: `one pull request: the model of v2, and the live release of ${first.name}; no endpoint has to change`,
      run: async (context) => {
        if (right === undefined) return { outcome: WITHOUT_BAD_MODEL };
        const number = await proposeWithdrawal(context, right);
        await mergeAndExpect(context, number, [
          foundAsItIs(context, first.name),
          released(context),
          checked(first.name),
        ]);
        for (const { name } of chain.environments) expectServing(context, name, 'v2');
        return { outcome: `v2 serves in ${chain.environments.map(({ name }) => name).join(', ')}, as Git says` };
      },
    },
  ];
}

/** Opens the pull request that makes v2 the live release of the first environment and the model of the service again. */
async function proposeWithdrawal(context: ScenarioContext, right: Uint8Array): Promise<number> {
  const { fixture, chain } = context;
  const path = `environments/${chain.first.name}/release.json`;
  const before = releaseId(context, chain.first.name, 'v2');
  const file = setLive(await releaseFileOnMain(context, chain.first.name), before, path);
  let number = 0;
  const runs = await runsAfter(fixture, async () => {
    number = await fixture.team.propose({
      branch: 'withdraw-v3',
      title: 'Take v3 back',
      files: { [path]: renderReleaseFile(file), [modelPath(context)]: right },
    });
  });
  await expectRuns(runs, [reviewed(chain.service, checked(chain.first.name))]);
  return number;
}
