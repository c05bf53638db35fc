import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Actor } from '@sagemaker-gitops/local-github';
import { describeWithTool } from '../testing/tools.ts';
import { TEAM_SERVICES } from '../testing/sample-team/team.ts';
import { hostOwnRepository, type OwnRepository } from './testing/own-repository.ts';

// Each test starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });
const person = (login: string, id: number): Actor => ({ login, id, type: 'User', startsWorkflows: true });
const [ADA, GRACE] = [person('ada', 7), person('grace', 8)];
const DEPENDABOT: Actor = { login: 'dependabot[bot]', id: 49_699_333, type: 'Bot', startsWorkflows: true };
const CONTENT = { choose: 'success', 'check-content': 'success', void: 'success', 'plan-comment': 'success' };
const PRODUCT = { ...CONTENT, 'check-product': 'success' };
const SCRIPT = 'scripts/new.ts';
const ENVIRONMENT = 'environments/trial/environment.json';

/** pull-request.yml as it stands, with stand-ins for what the check jobs run. */
describeWithTool('git', 'a pull request', () => {
  let place: OwnRepository;
  beforeEach(async () => {
    const rules = { requiredApprovals: 1, dismissStaleApprovals: true, requiredChecks: ['Gate'] };
    place = await hostOwnRepository({ rules });
  });
  afterEach(async () => await place.close());

  const push = async (branch: string, files: Readonly<Record<string, string>>): Promise<void> =>
    await place.push(ADA, branch, files);
  const open = async (files: Readonly<Record<string, string>>, actor = ADA): Promise<void> => {
    await push('topic', files);
    const opened = await place.call(actor, 'POST', 'pulls', { head: 'topic', base: 'main', title: 'Topic' });
    expect(opened.status).toBe(201);
    await place.runner.idle();
  };
  const edit = async (change: Readonly<Record<string, string>>): Promise<void> => {
    expect((await place.call(ADA, 'PATCH', 'pulls/1', change)).status).toBe(200);
    await place.runner.idle();
  };
  const merge = async () => await place.call(ADA, 'PUT', 'pulls/1/merge', {});
  const edited = async (file: string, from: string, to: string): Promise<Readonly<Record<string, string>>> => ({
    [file]: (await readFile(path.join(place.clone, file), 'utf8')).replace(from, to),
  });
  const retention = async () => await edited(ENVIRONMENT, '"logRetentionDays": 30', '"logRetentionDays": 7');

  it('that changes texts alone has its content checked, and deploys and builds nothing once it is merged', async () => {
    await open({ 'NOTES.md': 'hello', 'environments/trial/README.md': 'notes' });
    expect(place.results()).toEqual({ ...CONTENT, gate: 'success' });
    expect(place.roles).toEqual([]);
    expect((await merge()).body).toMatchObject({ message: expect.stringContaining('approving review') as string });
    await place.call(GRACE, 'POST', 'pulls/1/reviews', { event: 'APPROVE' });
    expect((await merge()).status).toBe(200);
    await place.runner.idle();
    // Both start, and find nothing to do.
    const after = place.runs().slice(1);
    expect(after.map(({ workflow, conclusion, jobs }) => [path.basename(workflow), conclusion, jobs.length])).toEqual([
      ['deploy.yml', 'success', 1],
      ['release.yml', 'success', 1],
    ]);
    expect(after[0]?.jobs[0]?.summary).toContain('No environment that is set up.');
    expect(after[1]?.jobs[0]?.summary).toContain('No image.');
    expect(place.roles).toEqual([]);
  });

  it('that changes a model has its content checked and the model reviewed, and no more', async () => {
    await open({ 'server/models/scoring/notes.json': '{}' });
    expect(place.results()).toEqual({ ...CONTENT, review: 'success', gate: 'success' });
    // The clone has no server that could be built.
    expect(place.github.state.comments[0]?.body).toContain('the server of the commit before could not be built');
  });

  it('whose model cannot be reviewed has a red gate, and a comment that names the service', async () => {
    await place.commands.fail('npm ci --ignore-scripts', true);
    await open({ 'server/models/scoring/notes.json': '{}' });
    expect(place.results()).toEqual({ ...CONTENT, review: 'failure', gate: 'failure' });
    expect(place.github.state.comments[0]?.body).toContain('`scoring` has **no review**');
  });

  it('that changes what all images are made of has every model reviewed', async () => {
    await open({ 'server/src/main.ts': '' });
    const reviews = place.runs()[0]?.jobs.filter(({ id }) => id === 'review');
    // They are in the order of their ends.
    expect(reviews?.map(({ name, result }) => `${name}: ${result}`).sort()).toEqual(
      TEAM_SERVICES.map((service) => `Review ${service}: success`).sort(),
    );
  });

  it.each([
    { command: 'npm run check:content', files: { 'server/models/scoring/notes.json': '{}' }, job: 'check-content' },
    { command: 'npm run check:content -- --no-models', files: { 'NOTES.md': 'hello' }, job: 'check-content' },
    { command: 'npm run check', files: { [SCRIPT]: '' }, job: 'check-product' },
    { command: 'npm run check:removal', files: { [SCRIPT]: '' }, job: 'check-product' },
  ])('that fails $command has a red gate, and cannot be merged however it is approved', async (given) => {
    await place.commands.fail(given.command, true);
    await open(given.files);
    expect(place.results()).toMatchObject({ [given.job]: 'failure', gate: 'failure' });
    await place.call(GRACE, 'POST', 'pulls/1/reviews', { event: 'APPROVE' });
    const refused = await merge();
    expect(refused.status).toBe(405);
    expect(refused.body).toMatchObject({ message: expect.stringContaining('"Gate" is failing') as string });
  });

  it('that touches an environment and gets no role has a red plan, a comment that says so, and a red gate', async () => {
    await open(await retention());
    expect(place.results()).toEqual({ ...CONTENT, plan: 'failure', gate: 'failure' });
    expect(place.roles).toEqual(['arn:aws:iam::210987654321:role/scoring-plan']);
    const [comment] = place.github.state.comments;
    expect(comment?.body).toContain('`trial` has **no plan**');
    expect(comment?.body).toContain('`npm run bootstrap` sets the account up');
    const plan = place.runs()[0]?.jobs.find(({ id }) => id === 'plan');
    expect(plan?.annotations.map(({ message }) => message).join('\n')).toContain(
      "account 210987654321 isn't set up for trial, or arn:aws:iam::210987654321:role/scoring-plan doesn't trust this repository. Run: npm run bootstrap -- --account 210987654321",
    );
    expect(place.github.state.comments).toHaveLength(1);
  });

  it('that touches an environment which is not set up is green, and its comment says what to do', async () => {
    await open(await edited(ENVIRONMENT, '210987654321', '123456789012'));
    expect(place.results()).toEqual({ ...CONTENT, gate: 'success' });
    expect(place.roles).toEqual([]);
    expect(place.github.state.comments[0]?.body).toContain("`trial` isn't set up yet");
  });

  it('of a bot is checked, and gets neither a plan nor a comment', async () => {
    await open(await retention(), DEPENDABOT);
    expect(place.results()).toEqual({ choose: 'success', 'check-content': 'success', gate: 'success' });
    expect(place.github.state.comments).toEqual([]);
  });

  it('has its older checks cancelled by a newer push', async () => {
    await push('topic', { 'NOTES.md': 'one' });
    await place.call(ADA, 'POST', 'pulls', { head: 'topic', base: 'main', title: 'Topic' });
    await push('topic', { 'NOTES.md': 'two' });
    await place.runner.idle();
    expect(place.runs().map(({ conclusion }) => conclusion)).toEqual(['cancelled', 'success']);
  });

  it('whose description is edited does not run checks again that passed, and has its comment rendered anew', async () => {
    await open({ [SCRIPT]: '' });
    expect(place.results(0)).toEqual({ ...PRODUCT, gate: 'success' });
    await edit({ body: 'new' });
    expect(place.results(1)).toEqual({
      ...{ choose: 'success', void: 'success', 'plan-comment': 'success', gate: 'success' },
    });
  });

  it('whose description is edited while its checks run waits for them, and cancels none', async () => {
    await push('topic', { [SCRIPT]: '' });
    await place.call(ADA, 'POST', 'pulls', { head: 'topic', base: 'main', title: 'Topic' });
    await edit({ body: 'new' });
    expect(place.runs().map(({ conclusion }) => conclusion)).toEqual(['success', 'success']);
    expect(place.results(0)).toEqual({ ...PRODUCT, gate: 'success' });
    expect(Object.keys(place.results(1))).not.toContain('check-product');
  });

  it('whose description is edited after its checks failed runs them again, and stays red', async () => {
    await place.commands.fail('npm test', true);
    await open({ [SCRIPT]: '' });
    await edit({ body: 'please' });
    expect(place.results(1)).toMatchObject({ 'check-content': 'success', 'check-product': 'failure', gate: 'failure' });
  });

  it('that gets another base branch runs its checks again', async () => {
    await place.github.git.git(['branch', 'release', 'main']);
    await open({ [SCRIPT]: '' });
    await edit({ base: 'release' });
    expect(place.results(1)).toEqual({ ...PRODUCT, gate: 'success' });
  });
});
