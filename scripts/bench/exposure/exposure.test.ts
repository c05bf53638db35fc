import { describe, expect, it } from 'vitest';
import { ENVIRONMENT, SMOKE } from '../../testing/swap-environment.ts';
import { VALID_ENVIRONMENT } from '../../../actions/lib/testing/valid-environment.ts';
import { FAULTS, type FaultId } from './faults.ts';
import { playExposure, type ExposureRun } from './run.ts';
import { summarise } from './statistics.ts';
import { strategiesOf } from './strategies.ts';

const play = async (id: FaultId, seed = 1, swap = ENVIRONMENT.swap): Promise<ExposureRun> =>
  await playExposure(
    {
      environment: { ...ENVIRONMENT, probes: VALID_ENVIRONMENT.probes, swap },
      smoke: SMOKE,
      fault: FAULTS[id],
      requestsPerSecond: 1,
    },
    seed,
  );

describe('a rollout on the virtual clock', () => {
  it('gives the same run for the same seed, and another for another', async () => {
    expect(await play('fleet', 7)).toEqual(await play('fleet', 7));
    expect(await play('fleet', 7)).not.toEqual(await play('fleet', 8));
  });

  it('promotes the same model again, with every strategy', async () => {
    for (const swap of strategiesOf(ENVIRONMENT)) {
      expect(await play('none', 1, swap)).toMatchObject({ outcome: 'promoted', wrong: 0, failed: 0, stopped: null });
    }
  });

  it('plays an environment of any region', async () => {
    const environment = { ...ENVIRONMENT, region: 'eu-central-1' };
    const subject = { environment, smoke: SMOKE, fault: FAULTS.none, requestsPerSecond: 1 };
    expect(await playExposure(subject, 1)).toMatchObject({ outcome: 'promoted' });
  });

  it.each(['start', 'nan', 'constant'] as const)('deploys nothing that is %s on the runner', async (id) => {
    expect(await play(id)).toMatchObject({ stopped: 'on the runner', asked: 0, wrong: 0 });
  });

  it.each(['fleet', 'fleetNan', 'fleetConstant', 'instance'] as const)(
    'stops what is wrong only in the fleet (%s) after few answers, with every strategy',
    async (id) => {
      for (const swap of strategiesOf(ENVIRONMENT)) {
        const run = await play(id, 3, swap);
        expect(run).toMatchObject({ stopped: 'in the fleet', outcome: 'rolled-back' });
        expect(run.cause).toContain('probe of green');
        expect(run.wrong).toBeLessThan(60);
      }
    },
  );

  it('counts what nobody asks as wrong, to the end', async () => {
    const run = await play('unasked');
    expect(run).toMatchObject({ outcome: 'promoted' });
    expect(run.wrong).toBeGreaterThan(10);
    expect(summarise([run])).toMatchObject({ runs: 1, stoppedInFleet: 0, worstWrong: run.wrong });
  });

  it('finds a release that is twice as slow', async () => {
    expect((await play('slower2')).cause).toContain('green is slower than blue');
  });
});
