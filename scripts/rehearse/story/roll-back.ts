import { approveWhenWaiting, deployed, liveOnMain } from './deliver.ts';
import { expectRuns, runsAfter } from './expect-run.ts';
import { expectWords, mergeAndExpect, onlyPull, planned } from './pull-requests.ts';
import type { Scene } from './scenes.ts';
import { expectOutcome } from './steps.ts';
import { expectLedger, expectServing, underTraffic, type World } from './world.ts';

const REASON = 'rehearsing a rollback';

/** The jobs of rollback.yml where all goes well. */
export const ROLLED_BACK = {
  workflow: 'rollback.yml',
  conclusion: 'success' as const,
  jobs: {
    'Abort a swap under way': 'success' as const,
    'Roll back production': 'success' as const,
    'Make Git agree': 'success' as const,
  },
};

/** How often the endpoints were updated so far. */
export function countUpdates({ stage }: World): number {
  return stage.aws.calls.filter(({ operation }) => operation === 'UpdateEndpoint').length;
}

export const ROLL_BACK: readonly Scene[] = [
  {
    id: 'rollback',
    title: 'production is rolled back by hand, under traffic',
    shows: 'rollback.yml goes back to the release verified before, with an approval, and proposes that Git agree',
    play: async (world) => {
      const { stage } = world;
      const traffic = await underTraffic(world, 'production: v2 → v1 by hand', 'production', ['v1', 'v2'], async () => {
        const approved = approveWhenWaiting(world, async () => await expectServing(world, 'production', 'v2'));
        const runs = await runsAfter(stage, async () => {
          await stage.team.dispatch('rollback.yml', { environment: 'production', reason: REASON });
        });
        await approved;
        await expectRuns(runs, [
          ROLLED_BACK,
          { workflow: 'pull-request.yml', conclusion: 'success', jobs: planned('production') },
        ]);
      });
      await expectServing(world, 'production', 'v1');
      expectLedger(world, 'production', { task: 'rollback', release: 'v1', state: 'success' });
      const { number, body } = onlyPull(world, 'rollback-record/production/');
      expectWords(`#${String(number)}`, body ?? '', [REASON]);
      return { outcome: `v1 serves and is verified, #${String(number)} records it${traffic}` };
    },
  },
  {
    id: 'record',
    title: 'merging the record makes Git agree',
    shows: 'deploy.yml finds everything as it should be: Terraform changes nothing, and no endpoint is updated',
    play: async (world) => {
      const before = countUpdates(world);
      const approved = approveWhenWaiting(world, async () => await expectServing(world, 'production', 'v1'));
      await mergeAndExpect(world, onlyPull(world, 'rollback-record/production/').number, [deployed('production')]);
      await approved;
      await expectServing(world, 'production', 'v1');
      expectOutcome('live on main in production', await liveOnMain(world, 'production'), 'v1');
      expectOutcome('updates of endpoints', countUpdates(world) - before, 0);
      return { outcome: 'Git says v1, and nothing had to change' };
    },
  },
];
