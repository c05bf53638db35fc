import { approveWhenWaiting, deployed, liveOnMain, NOTHING_BUILT } from './deliver.ts';
import { expectRuns, runsAfter, type ExpectedRun } from './expect-run.ts';
import { checked, expectWords, mergeAndExpect, onlyPull } from './pull-requests.ts';
import type { Scene } from './scenes.ts';
import { isProtected } from './stage.ts';
import { expectOutcome } from './steps.ts';
import { expectLedger, expectServing, underTraffic, type World } from './world.ts';

const REASON = 'rehearsing a rollback';

/** A run of rollback.yml in which all goes well. */
function rolledBack(environment: string): ExpectedRun {
  return {
    workflow: 'rollback.yml',
    conclusion: 'success',
    jobs: {
      'Abort a swap under way': 'success',
      [`Roll back ${environment}`]: 'success',
      'Make Git agree': 'success',
    },
  };
}

/** How often the endpoints were updated so far. */
function countUpdates({ stage }: World): number {
  return stage.aws.calls.filter(({ operation }) => operation === 'UpdateEndpoint').length;
}

/** Does something, and approves the environment on the way where it is protected. */
export async function withApproval(world: World, environment: string, serves: string, work: () => Promise<void>) {
  const approved = isProtected(world.stage.content, environment)
    ? approveWhenWaiting(world, environment, () => expectServing(world, environment, serves))
    : undefined;
  await work();
  await approved;
}

/** The scenes in which the last environment is rolled back by hand. */
export function rollBackScenes({ chain }: Pick<World, 'chain'>): readonly Scene[] {
  const { name } = chain.last;
  return [
    {
      id: 'rollback',
      title: `${name} is rolled back by hand, under traffic`,
      shows: 'rollback.yml goes back to the release verified before, and proposes that Git agree',
      play: async (world) => {
        const { stage } = world;
        const traffic = await underTraffic(world, `${name}: v2 → v1 by hand`, name, ['v1', 'v2'], async () => {
          await withApproval(world, name, 'v2', async () => {
            const runs = await runsAfter(stage, async () => {
              await stage.team.dispatch('rollback.yml', { environment: name, reason: REASON });
            });
            await expectRuns(runs, [rolledBack(name), checked(name)]);
          });
        });
        expectServing(world, name, 'v1');
        expectLedger(world, name, { task: 'rollback', release: 'v1', state: 'success' });
        const { number, body } = onlyPull(world, `rollback-record/${name}/`);
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
        const { number } = onlyPull(world, `rollback-record/${name}/`);
        await withApproval(world, name, 'v1', async () => {
          await mergeAndExpect(world, number, [deployed(world, name), NOTHING_BUILT]);
        });
        expectServing(world, name, 'v1');
        expectOutcome(`live on main in ${name}`, await liveOnMain(world, name), 'v1');
        expectOutcome('updates of endpoints', countUpdates(world) - before, 0);
        return { outcome: 'Git says v1, and nothing had to change' };
      },
    },
  ];
}
