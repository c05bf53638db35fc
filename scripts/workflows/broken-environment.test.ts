import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Actor } from '@sagemaker-gitops/local-github';
import type { RunRecord } from '@sagemaker-gitops/workflow-runner';
import { describeWithTool } from '../testing/tools.ts';
import { hostOwnRepository, type OwnRepository } from './testing/own-repository.ts';

// Each test starts many processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 });
const ADA: Actor = { login: 'ada', id: 7, type: 'User', startsWorkflows: true };
const SCORING = 'arn:aws:iam::210987654321:role/scoring';
const LABELLING = 'arn:aws:iam::321098765432:role/labelling';
const BROKEN = { 'environments/preview/environment.json': '{ "service": "scoring", ' };
const PROBLEM = /^environments\/preview\/environment.json is not JSON/;

/** The workflows as they stand, where the file of the environment `preview` is no JSON. Nobody gets a role. */
describeWithTool('git', 'a broken file of one environment', () => {
  let place: OwnRepository;
  beforeEach(async () => {
    place = await hostOwnRepository();
  });
  afterEach(async () => await place.close());

  const push = async (branch: string, files: Readonly<Record<string, string>>): Promise<void> =>
    await place.push(ADA, branch, files);
  /** The roles that were asked for since the last call, and the newest run of a workflow. */
  let asked = 0;
  beforeEach(() => {
    asked = 0;
  });
  const settle = async (workflow: string): Promise<{ readonly roles: readonly string[]; readonly run: RunRecord }> => {
    await place.runner.idle();
    const roles = place.roles.slice(asked).toSorted();
    asked = place.roles.length;
    const run = place.runner.runs.findLast((one) => path.basename(one.workflow) === workflow);
    if (run === undefined) throw new Error(`${workflow} did not run`);
    return { roles, run };
  };
  const dispatch = async (workflow: string, inputs: Readonly<Record<string, string>>) => {
    const url = `actions/workflows/${workflow}/dispatches`;
    expect((await place.call(ADA, 'POST', url, { ref: 'main', inputs })).status).toBe(204);
    return await settle(workflow);
  };
  const errorOf = (run: RunRecord, job: string): string =>
    run.jobs
      .filter(({ name }) => name === job)
      .flatMap(({ annotations }) => annotations.filter(({ level }) => level === 'error'))
      .map(({ message }) => message)
      .join('\n');
  const touched = (...names: string[]): Readonly<Record<string, string>> =>
    Object.fromEntries(names.map((name) => [`environments/${name}/new.json`, '{}']));

  it('stops no plan of a pull request but its own, which names the file', async () => {
    await push('topic', { ...touched('trial', 'prime', 'label-trial'), ...BROKEN });
    await place.call(ADA, 'POST', 'pulls', { head: 'topic', base: 'main', title: 'Topic' });
    const { roles, run } = await settle('pull-request.yml');
    expect(roles).toEqual([`${SCORING}-plan`, `${SCORING}-plan`, `${LABELLING}-plan`]);
    expect(errorOf(run, 'Plan preview')).toMatch(PROBLEM);
    expect(place.github.state.comments[0]?.body).toContain('`preview` has **no plan**');
    expect(place.results()).toMatchObject({ gate: 'failure' });
  });

  it('stops on main what goes through it, and nothing else', async () => {
    await push('main', { ...touched('trial', 'label-trial'), ...BROKEN, 'server/src/new.ts': '' });
    const { roles, run } = await settle('deploy.yml');
    expect(roles).toEqual([`${SCORING}-plan`, `${LABELLING}-build`, `${LABELLING}-plan`]);
    // It got as far as its role, which nobody gets here.
    expect(errorOf(run, 'scoring / trial / Plan')).toMatch(
      /^AWS gives no role: account 210987654321 isn't set up for trial/,
    );
    expect(errorOf(run, 'scoring / Propose what trial verified to the next one')).toMatch(
      /chain of scoring goes through preview/,
    );
    expect(errorOf(run, 'labelling / Propose what label-trial verified to the next one')).not.toContain('preview');
    const release = await settle('release.yml');
    expect(errorOf(release.run, 'scoring / Build the image')).toMatch(/chain of scoring goes through preview/);

    const drift = await dispatch('drift.yml', {});
    expect(drift.roles).toEqual([...[1, 2].map(() => `${SCORING}-plan`), ...[1, 2].map(() => `${LABELLING}-plan`)]);
    expect(errorOf(drift.run, 'Look at preview')).toMatch(PROBLEM);

    expect((await dispatch('deploy.yml', { environment: 'prime' })).roles).toEqual([`${SCORING}-plan`]);
    const rollback = await dispatch('rollback.yml', { environment: 'prime', reason: 'wrong answers' });
    expect(rollback.roles).toEqual([`${SCORING}-prime-deploy`]);
  });

  it('is the same for two environments in one place, and for the settings of another account', async () => {
    const settings = path.join(place.clone, 'terraform/bootstrap/accounts');
    await mkdir(settings, { recursive: true });
    await writeFile(path.join(settings, '321098765432-labelling.tfvars.json'), '{');
    const file = 'environments/preview/environment.json';
    const preview = (await place.github.git.git(['show', `main:${file}`])).replace(
      '"promotionOrder": 2',
      '"promotionOrder": 1',
    );
    await push('main', { [file]: preview });
    await settle('deploy.yml');
    expect((await dispatch('deploy.yml', { environment: 'label-prime' })).roles).toEqual([]);
    const rollback = await dispatch('rollback.yml', { environment: 'prime', reason: 'wrong answers' });
    expect(rollback.roles).toEqual([`${SCORING}-prime-deploy`]);
  });
});
