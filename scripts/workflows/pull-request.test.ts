import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Actor } from '../rehearse/local-github/index.ts';
import { describeWithTool } from '../testing/tools.ts';
import { hostOwnRepository, type OwnRepository } from './testing/own-repository.ts';

// Each test starts several processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
const person = (login: string, id: number): Actor => ({ login, id, type: 'User', startsWorkflows: true });
const [ADA, GRACE] = [person('ada', 7), person('grace', 8)];
const DEPENDABOT: Actor = { login: 'dependabot[bot]', id: 49_699_333, type: 'Bot', startsWorkflows: true };

/** pull-request.yml as it stands, with stand-ins for what the check job runs. */
describeWithTool('git', 'a pull request', () => {
  let place: OwnRepository;
  beforeEach(async () => {
    const rules = { requiredApprovals: 1, dismissStaleApprovals: true, requiredChecks: ['Gate'] };
    place = await hostOwnRepository({ rules });
  });
  afterEach(async () => await place.close());

  const push = async (branch: string, files: Readonly<Record<string, string>>): Promise<void> => {
    const before = (await place.github.git.resolve(branch)) ?? '0'.repeat(40);
    const after = await place.commit(branch, 'Change', files);
    await place.github.git.git(['fetch', '--quiet', place.clone, `+HEAD:refs/heads/${branch}`]);
    await place.github.announcePush(`refs/heads/${branch}`, before, after, ADA);
  };
  const open = async (files: Readonly<Record<string, string>>, actor = ADA): Promise<void> => {
    await push('topic', files);
    const opened = await place.call(actor, 'POST', 'pulls', { head: 'topic', base: 'main', title: 'Topic' });
    expect(opened.status).toBe(201);
    await place.runner.idle();
  };
  const merge = async () => await place.call(ADA, 'PUT', 'pulls/1/merge', {});

  it('that touches no environment is checked and not planned, and merged once somebody else approved it', async () => {
    await open({ 'README.md': 'hello' });
    expect(place.results()).toEqual({
      ...{ check: 'success', void: 'success', changes: 'success', 'plan-comment': 'success', gate: 'success' },
    });
    expect(place.roles).toEqual([]);
    expect((await merge()).body).toMatchObject({ message: expect.stringContaining('approving review') as string });
    await place.call(GRACE, 'POST', 'pulls/1/reviews', { event: 'APPROVE' });
    expect((await merge()).status).toBe(200);
    await place.runner.idle();
    // It changes neither the server nor an environment: nothing is built, nothing deployed.
    expect(place.runner.runs.map(({ workflow }) => path.basename(workflow))).toEqual(['pull-request.yml']);
  });

  it.each(['npm run check'])(
    'that fails %s has a red gate, and cannot be merged however it is approved',
    async (command) => {
      await place.commands.fail(command, true);
      await open({ 'README.md': 'hello' });
      expect(place.results()).toMatchObject({ check: 'failure', gate: 'failure' });
      await place.call(GRACE, 'POST', 'pulls/1/reviews', { event: 'APPROVE' });
      const refused = await merge();
      expect(refused.status).toBe(405);
      expect(refused.body).toMatchObject({ message: expect.stringContaining('"Gate" is failing') as string });
    },
  );

  it('that touches an environment and gets no role has a red plan, a comment that says so, and a red gate', async () => {
    const file = 'environments/dev/environment.json';
    const text = await readFile(path.join(place.clone, file), 'utf8');
    await open({ [file]: text.replace('"logRetentionDays": 14', '"logRetentionDays": 7') });
    expect(place.results()).toMatchObject({ check: 'success', plan: 'failure', gate: 'failure' });
    expect(place.roles).toEqual(['arn:aws:iam::123456789012:role/onnx-inference-plan']);
    const [comment] = place.github.state.comments;
    expect(comment?.body).toContain('dev');
    expect(place.github.state.comments).toHaveLength(1);
  });

  it('of a bot is checked, and gets neither a plan nor a comment', async () => {
    const file = 'environments/dev/environment.json';
    const text = await readFile(path.join(place.clone, file), 'utf8');
    await open({ [file]: text.replace('"logRetentionDays": 14', '"logRetentionDays": 7') }, DEPENDABOT);
    expect(place.results()).toEqual({ check: 'success', changes: 'success', gate: 'success' });
    expect(place.github.state.comments).toEqual([]);
  });

  it('has its older checks cancelled by a newer push', async () => {
    await push('topic', { 'README.md': 'one' });
    await place.call(ADA, 'POST', 'pulls', { head: 'topic', base: 'main', title: 'Topic' });
    await push('topic', { 'README.md': 'two' });
    await place.runner.idle();
    expect(place.runner.runs.map(({ conclusion }) => conclusion)).toEqual(['cancelled', 'success']);
  });
});
