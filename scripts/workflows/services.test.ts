import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Actor } from '@sagemaker-gitops/local-github';
import type { RunRecord } from '@sagemaker-gitops/workflow-runner';
import { TEAM_ENVIRONMENTS } from '../testing/sample-team/team.ts';
import { describeWithTool } from '../testing/tools.ts';
import { hostOwnRepository, type OwnRepository } from './testing/own-repository.ts';

// Each test starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });
const ADA: Actor = { login: 'ada', id: 7, type: 'User', startsWorkflows: true };
const SCORING = 'arn:aws:iam::210987654321:role/scoring';
const LABELLING = 'arn:aws:iam::321098765432:role/labelling';

/** deploy.yml, release.yml and drift.yml as they stand, with a team of two services. Nobody gets a role. */
describeWithTool('git', 'a repository with two services', () => {
  let place: OwnRepository;
  beforeEach(async () => {
    place = await hostOwnRepository();
  });
  afterEach(async () => await place.close());

  const push = async (files: Readonly<Record<string, string>>): Promise<void> => {
    const before = (await place.github.git.resolve('main')) ?? '';
    const after = await place.commit('main', 'Change', files);
    await place.github.git.git(['fetch', '--quiet', place.clone, '+HEAD:refs/heads/main']);
    await place.github.announcePush('refs/heads/main', before, after, ADA);
    await place.runner.idle();
  };
  const runOf = (workflow: string): RunRecord => {
    const run = place.runner.runs.find((one) => path.basename(one.workflow) === workflow);
    if (run === undefined) throw new Error(`${workflow} did not run`);
    return run;
  };
  const jobsOf = (workflow: string): Readonly<Record<string, string>> =>
    Object.fromEntries(runOf(workflow).jobs.map(({ name, result }) => [name, result]));
  const dispatch = async (workflow: string, inputs: Readonly<Record<string, string>>): Promise<void> => {
    const dispatched = await place.call(ADA, 'POST', `actions/workflows/${workflow}/dispatches`, {
      ref: 'main',
      inputs,
    });
    expect(dispatched.status).toBe(204);
    await place.runner.idle();
  };
  /** Gives every environment of an account the placeholder. */
  const forgetAccount = async (account: string): Promise<Readonly<Record<string, string>>> => {
    const own = Object.entries(TEAM_ENVIRONMENTS).filter(([, environment]) => environment.account === account);
    const files = own.map(async ([name]): Promise<[string, string]> => {
      const file = `environments/${name}/environment.json`;
      return [file, (await readFile(path.join(place.clone, file), 'utf8')).replace(account, '123456789012')];
    });
    return Object.fromEntries(await Promise.all(files));
  };

  it('deploys each service by its own chain: a failure stops what comes after it there, and no other service', async () => {
    const names = ['trial', 'preview', 'label-trial', 'label-prime'];
    await push(Object.fromEntries(names.map((name) => [`environments/${name}/new.json`, '{}'])));
    const { 'Find the changed environments': found, ...jobs } = jobsOf('deploy.yml');
    expect(found).toBe('success');
    // The first environment of each chain got no role; what comes after it was not reached.
    expect(jobs).toMatchObject({
      'scoring / trial / Plan': 'failure',
      'labelling / label-trial / Plan': 'failure',
    });
    expect(Object.keys(jobs)).not.toContain('scoring / preview / Plan');
    expect(Object.keys(jobs)).not.toContain('labelling / label-prime / Plan');
    expect(Object.keys(jobs)).toContain('labelling / Propose what label-trial verified to the next one');
    expect(place.roles.toSorted()).toEqual([`${LABELLING}-plan`, `${SCORING}-plan`].toSorted());
    expect(jobsOf('release.yml')).toEqual({ 'Choose the services': 'success' });
  });

  it('builds the service alone whose model changed, and deploys nothing', async () => {
    await push({ 'server/models/labelling/weights.bin': 'x' });
    expect(jobsOf('release.yml')).toMatchObject({ 'labelling / Build the image': 'failure' });
    expect(Object.keys(jobsOf('release.yml')).filter((name) => name.startsWith('scoring'))).toEqual([]);
    expect(place.roles).toEqual([`${LABELLING}-build`]);
    expect(jobsOf('deploy.yml')).toEqual({ 'Find the changed environments': 'success' });
  });

  it('builds every service where the server changed', async () => {
    await push({ 'server/src/main.ts': '' });
    expect(place.roles.toSorted()).toEqual([`${SCORING}-build`, `${LABELLING}-build`]);
  });

  it('deploys by hand the environment alone that is named', async () => {
    await dispatch('deploy.yml', { environment: 'label-prime' });
    expect(place.roles).toEqual([`${LABELLING}-plan`]);
    expect(Object.keys(jobsOf('deploy.yml')).filter((name) => name.endsWith('Plan'))).toEqual([
      'labelling / label-prime / Plan',
    ]);
  });

  it('refuses to deploy an environment that there is not, and names those that there are', async () => {
    await dispatch('deploy.yml', { environment: 'production' });
    const [job] = runOf('deploy.yml').jobs;
    expect(job?.result).toBe('failure');
    expect(JSON.stringify(job?.annotations)).toContain('label-prime, label-trial, preview, prime, trial');
    expect(place.roles).toEqual([]);
  });

  it('looks for drift in the service alone that is set up, and says what to do about the other', async () => {
    await push(await forgetAccount('321098765432'));
    const before = place.roles.length;
    await dispatch('drift.yml', {});
    expect(place.roles.slice(before)).toEqual(Array.from({ length: 3 }, () => `${SCORING}-plan`));
    expect(runOf('drift.yml').jobs[0]?.summary).toContain("`label-trial` isn't set up yet");
  });

  it('is green where nothing is set up: it deploys, builds and looks for drift nowhere, and says what to do', async () => {
    await push({
      ...(await forgetAccount('321098765432')),
      ...(await forgetAccount('210987654321')),
      'server/src/main.ts': '',
    });
    await dispatch('drift.yml', {});
    for (const workflow of ['deploy.yml', 'release.yml', 'drift.yml']) {
      const { conclusion, jobs } = runOf(workflow);
      expect([workflow, conclusion, jobs.length]).toEqual([workflow, 'success', 1]);
      expect(jobs[0]?.summary).toContain("`trial` isn't set up yet");
      expect(jobs[0]?.summary).toContain('npm run bootstrap');
    }
    expect(place.roles).toEqual([]);
  });
});
