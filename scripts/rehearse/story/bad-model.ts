import { renderReleaseFile, setLive } from '../../../actions/lib/domain/release-edit.ts';
import { deployed, deployPromotion, expectPlanned, mergeModel, proposeModel } from './deliver.ts';
import { expectRuns, runsAfter } from './expect-run.ts';
import { mergeAndExpect, planned } from './pull-requests.ts';
import { ENVIRONMENTS, type EnvironmentName } from './rehearsal-environments.ts';
import type { Scene } from './scenes.ts';
import { expectOutcome } from './steps.ts';
import { expectLedger, expectServing, releaseFileOnMain, releaseId, underTraffic, type World } from './world.ts';

/** Opens a pull request that makes a release the live one again in some environments, a line in each; gives its number. */
export async function proposeLive(
  world: World,
  branch: string,
  version: string,
  environments: readonly EnvironmentName[],
): Promise<number> {
  const files: Record<string, string> = {};
  for (const environment of environments) {
    const path = `environments/${environment}/release.json`;
    const file = setLive(await releaseFileOnMain(world, environment), releaseId(world, version), path);
    files[path] = renderReleaseFile(file);
  }
  let number = 0;
  const runs = await runsAfter(world.stage, async () => {
    number = await world.stage.team.propose({ branch, title: `Let ${version} serve again`, files });
  });
  await expectRuns(runs, [{ workflow: 'pull-request.yml', conclusion: 'success', jobs: planned(...environments) }]);
  return number;
}

export const BAD_MODEL: readonly Scene[] = [
  {
    id: 'bad-model',
    title: 'v3, whose model answers wrongly, passes the checks and dev',
    shows: 'trained on swapped columns: healthy, fast and wrong; dev asks only one question, which it answers well',
    play: async (world) => {
      const number = await proposeModel(world, 'v3', { seed: 3, fault: 'swapped-columns' });
      await mergeModel(world, 'v3', number);
      return {
        outcome: await deployPromotion(world, { environment: 'dev', from: 'v2', to: 'v3', next: 'staging' }),
      };
    },
  },
  {
    id: 'stopped',
    title: 'staging stops v3, under traffic',
    shows: 'the smoke test fails; the endpoint goes back to v2 and is verified; production never hears of it',
    play: async (world) => {
      const { stage } = world;
      const number = expectPlanned(world, 'staging', 'v3');
      const traffic = await underTraffic(world, 'staging: v2 → v3 and back', 'staging', ['v2', 'v3'], async () => {
        await mergeAndExpect(world, number, [
          {
            ...deployed('staging'),
            conclusion: 'failure',
            jobs: { ...deployed('staging').jobs, 'Deploy staging': 'failure' },
          },
        ]);
      });
      await expectServing(world, 'staging', 'v2');
      expectLedger(world, 'staging', { task: 'deploy', release: 'v3', state: 'failure' });
      expectOutcome('promotions to production', stage.team.openPulls('promote/production/').length, 0);
      await expectServing(world, 'production', 'v2');
      return { outcome: `rolled back to v2 and verified${traffic}` };
    },
  },
  {
    id: 'withdraw',
    title: 'the team takes v3 back in Git, in dev and staging',
    shows: 'one pull request, two plans in one comment; deploy.yml swaps dev back and finds staging as it should be',
    play: async (world) => {
      const number = await proposeLive(world, 'withdraw-v3', 'v2', ['dev', 'staging']);
      const traffic = await underTraffic(world, 'dev: v3 → v2', 'dev', ['v2', 'v3'], async () => {
        await mergeAndExpect(world, number, [deployed('dev', 'staging')]);
      });
      for (const environment of ENVIRONMENTS) await expectServing(world, environment, 'v2');
      return { outcome: `v2 serves everywhere, as Git says${traffic}` };
    },
  },
];
