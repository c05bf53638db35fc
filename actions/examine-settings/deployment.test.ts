import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LocalAws } from '@sagemaker-gitops/local-aws';
import { startLocalGithub, type LocalGithub } from '@sagemaker-gitops/local-github';
import { recordDeployment, startTeamAws, teamLedger } from '../../scripts/testing/sample-team/ledger.ts';
import { TEAM_ENVIRONMENTS } from '../../scripts/testing/sample-team/team.ts';
import { writeSampleTeam } from '../../scripts/testing/sample-team/write.ts';
import { startAction, type ActionRun } from '../../scripts/testing/start-action.ts';
import { writeFileBelow, writeJsonBelow } from '../../scripts/testing/write-file.ts';

vi.setConfig({ testTimeout: 180_000 });

const SCHEMA = 'environments/environment.schema.json';

describe('of an environment that is deployed', () => {
  let folder: string;
  let aws: LocalAws;
  let github: LocalGithub;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'settings-'));
    await writeSampleTeam(folder, ['scoring']);
    await writeFileBelow(folder, SCHEMA, '{"properties":{"unprotected":{}}}');
    git('init', '--quiet', '--initial-branch=main');
    github = await startLocalGithub({ logDirectory: folder, owner: 'octo-org', repo: 'models' });
    aws = await startTeamAws(path.join(folder, 'aws'), ['trial']);
  });
  afterEach(async () => {
    await Promise.all([github.close(), aws.close()]);
    await rm(folder, { recursive: true });
  });

  const git = (...argv: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=ada', '-c', 'user.email=ada@example.com', ...argv], {
      cwd: folder,
    }).toString();
  const commit = (): string => {
    git('add', 'environments');
    git('commit', '--quiet', '--allow-empty', '--message=change');
    return git('rev-parse', 'HEAD').trim();
  };
  const deployed = async (at: string): Promise<void> =>
    await recordDeployment(teamLedger(aws, 'trial', at), { release: 'eeeeeeeeeeee', image: 'one', verdict: 'passed' });
  const say = async (unprotected?: 'accepted'): Promise<void> => {
    const file = { $schema: '../environment.schema.json', ...TEAM_ENVIRONMENTS.trial };
    await writeJsonBelow(folder, 'environments/trial/environment.json', {
      ...file,
      ...(unprotected && { unprotected }),
    });
  };
  const protect = (): void => {
    github.environmentOf('trial').branches = ['main'];
    github.environmentOf('trial-approval');
  };
  const { account: accountId, region } = TEAM_ENVIRONMENTS.trial;
  const examine = async (permissions: Readonly<Record<string, 'read'>> = { contents: 'read', actions: 'read' }) => {
    const token = github.token(permissions);
    const inputs = { environment: 'trial', 'working-directory': folder, 'github-token': token };
    const environment = { ...aws.environmentOf({ accountId, region }), ...github.environment };
    return await startAction('examine-settings', inputs, environment).ended;
  };
  const sentence = ({ log }: ActionRun): string => log.replaceAll(/\s+/g, ' ');

  it('refuses what GitHub does not protect, with the commands that mend it', async () => {
    const missing = await examine();
    expect(missing.exitCode).toBe(1);
    expect(sentence(missing)).toMatch(
      /does not protect trial.*trial\/branches: no such environment.*trial-approval\/reviewers: no such environment/,
    );
    expect(sentence(missing)).toMatch(
      /gh api --method PUT 'repos\/octo-org\/models\/environments\/trial'.*deployment-branch-policies.*trial-approval/,
    );
    expect(missing.summary).toContain('**trial/branches**');
    // As GitHub makes one that a job names first.
    github.environmentOf('trial');
    github.environmentOf('trial-approval');
    expect(sentence(await examine())).toMatch(
      /does not protect trial.*found: trial\/branches: every branch may use it/,
    );
    github.environmentOf('trial').branches = ['main'];
    expect((await examine()).exitCode).toBe(0);
  });

  it('deploys to what is protected, whatever else is missing, and refuses nothing that the token does not see', async () => {
    protect();
    const run = await examine();
    expect([run.exitCode, run.outputs['wrong']]).toEqual([0, expect.stringContaining('main/gate')]);
    expect(run.outputs['wrong']).not.toContain('prime');
    github.state.settings.environments.clear();
    const blind = await examine({ contents: 'read' });
    expect(blind.exitCode).toBe(0);
    expect(blind.summary).toMatch(/Not visible with this token[\s\S]*\*\*trial\/branches\*\*/);
  });

  it('lets no change lift the protection for itself', async () => {
    await say();
    await deployed(commit());
    await say('accepted');
    const at = commit();
    expect(sentence(await examine())).toContain('does not protect trial');
    protect();
    expect((await examine()).exitCode).toBe(0);
    await deployed(at);
    github.state.settings.environments.clear();
    expect((await examine()).exitCode).toBe(0);
    await say();
    expect((await examine()).exitCode).toBe(1);
  });

  it('takes the word of an environment that was never deployed, or whose version did not know the setting', async () => {
    await say('accepted');
    expect((await examine()).exitCode).toBe(0);
    await say();
    await writeFileBelow(folder, SCHEMA, '{}');
    await deployed(commit());
    await say('accepted');
    expect((await examine()).exitCode).toBe(0);
  });
});
