import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addRelease, renderReleaseFile } from '../../../actions/lib/domain/release/edit.ts';
import { liveRelease } from '../../../actions/lib/domain/release/release.ts';
import { releaseFileOnMain } from '../scenario/context.ts';
import { runsAfter } from '../scenario/expect-run.ts';
import { GUARDED, logOf, OPEN, resultsOf, startReviewFixture, type ReviewFixture } from './review-fixture.ts';

// Each runs workflows of several jobs, on a machine that may be busy.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });
// `npm run long-tests` plays them; actions/verify-artifact/attacks.test.ts plays the attacks on the action alone.
const WHOLE = process.env['LONG_TESTS'] === 'all';
const VERIFY = 'Verify the artifact';

describe.skipIf(!WHOLE)('an artifact that skipped an environment', () => {
  let reviews: ReviewFixture;
  let release: string;
  let first: string | undefined;
  beforeAll(async () => {
    reviews = await startReviewFixture(new AbortController().signal);
    const { repository, team } = reviews.fixture;
    await repository.write('server/models/scoring/NOTES.md', 'Another image.\n');
    const image = await reviews.fixture.makeImage('scoring', await repository.commit('Another image'));
    const file = await releaseFileOnMain(reviews.context, GUARDED);
    const live = liveRelease(file) ?? expect.fail('nothing is live');
    const added = addRelease(file, { ...live.spec, image }, { ...live.source, promotedFrom: OPEN });
    release = added.id;
    first = serving();
    const path = `environments/${GUARDED}/release.json`;
    await team.pushSilently('Claim the best', { [path]: renderReleaseFile(added.file) });
  });
  afterAll(async () => {
    await reviews.close();
  });

  const serving = (): string | undefined =>
    reviews.fixture.aws
      .inspectEndpoints()
      .find(({ name }) => name === `scoring-${GUARDED}`)
      ?.configName.slice(-12);

  it('is refused before anybody is asked and anything is touched', async () => {
    const run = await reviews.deploy(GUARDED);
    expect(await logOf(run, VERIFY)).toContain('its image was never deployed there');
    expect([VERIFY, 'Run Terraform', 'Route and verify'].map((job) => resultsOf(run, job))).toEqual([
      ['failure'],
      [],
      [],
    ]);
    expect([serving(), reviews.fixture.approvals.waiting()]).toEqual([first, []]);
  });

  it('is deployed with a reason that the reviewers see; a rollback verifies nothing', async () => {
    const [run] = await runsAfter(reviews.fixture, async () => {
      const inputs = { environment: GUARDED, 'accept-unproven': 'trial is being rebuilt this week' };
      await reviews.fixture.team.dispatch('deploy.yml', inputs);
      expect(await reviews.waiting()).toEqual([
        expect.stringMatching(/NOT PROVEN, accepted: trial is being rebuilt this week$/),
      ]);
      reviews.decide(GUARDED, true);
    });
    expect([run?.conclusion, serving()]).toEqual(['success', release]);
    const [rollback] = await runsAfter(reviews.fixture, async () => {
      await reviews.fixture.team.dispatch('rollback.yml', { environment: GUARDED, reason: 'rehearsed' });
    });
    expect([rollback?.conclusion, serving()]).toEqual(['success', first]);
    expect(rollback?.jobs.map(({ name }) => name).filter((name) => name.includes(VERIFY))).toEqual([]);
  });
});
