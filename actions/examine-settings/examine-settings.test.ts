import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { startLocalGithub } from '@sagemaker-gitops/local-github';
import { writeSampleTeam } from '../../scripts/testing/sample-team/write.ts';
import { startAction } from '../../scripts/testing/start-action.ts';

vi.setConfig({ testTimeout: 180_000 });

it('warns of what the token of a job sees missing, and lists what it does not see', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'settings-'));
  await writeSampleTeam(folder, ['scoring']);
  const github = await startLocalGithub({ logDirectory: folder, owner: 'octo-org', repo: 'models' });
  try {
    const reviewer = { login: 'grace', id: 8, type: 'User', startsWorkflows: true } as const;
    github.environmentOf('prime-approval', [reviewer]);
    github.environmentOf('prime').branches = ['main'];
    const token = github.token({ contents: 'read', actions: 'read' });
    const inputs = { 'working-directory': folder, 'github-token': token };
    const run = await startAction('examine-settings', inputs, github.environment).ended;
    expect(run.exitCode).toBe(0);
    const wrong: unknown = JSON.parse(run.outputs['wrong'] ?? '');
    expect(wrong).toEqual(expect.arrayContaining(['trial/branches', 'trial-approval/reviewers', 'main/gate']));
    expect(wrong).not.toEqual(expect.arrayContaining(['prime/branches']));
    expect(wrong).not.toEqual(expect.arrayContaining(['secrets']));
    expect(run.log).toContain('::warning::trial-approval/reviewers: the environment trial-approval has reviewers');
    expect(run.summary).toMatch(/Not visible with this token[\s\S]*\*\*secrets\*\*/);
    expect(run.summary).toContain('npm run doctor');
  } finally {
    await github.close();
    await rm(folder, { recursive: true });
  }
});
