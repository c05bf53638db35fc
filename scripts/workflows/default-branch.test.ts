import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Actor } from '@sagemaker-gitops/local-github';
import { describeWithTool } from '../testing/tools.ts';
import { hostOwnRepository, type OwnRepository } from './testing/own-repository.ts';

// Each test starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });
const ADA: Actor = { login: 'ada', id: 7, type: 'User', startsWorkflows: true };
const CHANGES = { 'environments/trial/new.json': '{}', 'server/models/labelling/weights.bin': 'x' };

/** deploy.yml and release.yml as they stand. Nobody gets a role. */
describeWithTool('git', 'a repository whose default branch is not called main', () => {
  let place: OwnRepository;
  beforeEach(async () => {
    place = await hostOwnRepository({ defaultBranch: 'trunk' });
  });
  afterEach(async () => await place.close());

  const results = (): Readonly<Record<string, readonly string[]>> =>
    Object.fromEntries(
      place.runner.runs.map(({ workflow, jobs }) => [
        path.basename(workflow),
        jobs.filter(({ result }) => result !== 'skipped').map(({ name }) => name),
      ]),
    );

  it('deploys and releases what is pushed there', async () => {
    await place.push(ADA, 'trunk', CHANGES);
    await place.runner.idle();
    expect(results()['deploy.yml']).toEqual(
      expect.arrayContaining(['Find the changed environments', 'scoring / trial / Plan']),
    );
    expect(results()['release.yml']).toEqual(
      expect.arrayContaining(['Choose the services', 'labelling / Build the image']),
    );
    expect(place.roles.length).toBeGreaterThan(1);
  });

  it.each(['topic', 'main'])('does nothing for a push to %s', async (branch) => {
    await place.push(ADA, branch, CHANGES);
    await place.runner.idle();
    expect(results()).toEqual({ 'deploy.yml': [], 'release.yml': [] });
    expect(place.runner.runs.map(({ conclusion }) => conclusion)).not.toContain('failure');
    expect(place.roles).toEqual([]);
  });

  it('refuses to deploy another branch that a person names', async () => {
    await place.push(ADA, 'topic', CHANGES);
    const inputs = { environment: 'trial' };
    await place.call(ADA, 'POST', 'actions/workflows/deploy.yml/dispatches', { ref: 'topic', inputs });
    await place.runner.idle();
    expect(place.runner.runs.at(-1)).toMatchObject({ conclusion: 'failure' });
    expect(place.roles).toEqual([]);
  });
});
