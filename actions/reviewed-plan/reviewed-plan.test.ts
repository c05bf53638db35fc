import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startLocalGithub, type LocalGithub, type Permissions } from '@sagemaker-gitops/local-github';
import { startAction, type ActionRun } from '../../scripts/testing/start-action.ts';
import { describeWithTool } from '../../scripts/testing/tools.ts';
import { makePlanRepository, type PlanRepository } from '../lib/testing/plan-repository.ts';

/** The action as a process, against a local GitHub whose main has moved on since the first commit. */
describeWithTool('git', 'reviewed-plan', () => {
  let folder: string;
  let repository: PlanRepository;
  let github: LocalGithub;
  const commits: Record<string, string> = {};

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'reviewed-plan-test-'));
    repository = makePlanRepository('# start\n');
    repository.write('environments/staging/main.tf', '# start\n');
    repository.write(
      'environments/production/main.tf',
      'module "names" { source = "../../terraform/modules/names" }\n',
    );
    const commit = (name: string, file: string): void => {
      repository.write(file, `# ${name}\n`);
      commits[name] = repository.commit(name);
    };
    commit('first modules', 'terraform/modules/names/main.tf');
    commit('modules', 'terraform/modules/names/main.tf');
    commit('dev', 'environments/dev/main.tf');
    commit('staging again', 'environments/staging/main.tf');
    commit('a text', 'README.md');
    const at = { owner: 'acme', repo: 'models' };
    github = await startLocalGithub({ logDirectory: folder, ...at, source: repository.root });
  });

  afterAll(async () => {
    await github.close();
    repository.remove();
    await rm(folder, { recursive: true });
  });

  const find = async (
    environment: string,
    name: string,
    more: Permissions = { contents: 'read' },
  ): Promise<ActionRun> => {
    const inputs = {
      ...{ environment, branch: 'main', sha: commits[name] ?? '', workflow: 'pull-request.yml' },
      'working-directory': repository.root,
      'github-token': github.token({ 'pull-requests': 'read', actions: 'read', ...more }),
    };
    return await startAction('reviewed-plan', inputs, github.environment).ended;
  };

  it.each([
    { environment: 'dev', name: 'dev' },
    { environment: 'dev', name: 'staging again' },
    { environment: 'dev', name: 'a text' },
    { environment: 'staging', name: 'a text' },
    { environment: 'production', name: 'modules' },
  ])('takes $name for what main says about $environment', async ({ environment, name }) => {
    const { exitCode, outputs, log } = await find(environment, name);
    expect({ exitCode, found: outputs['found'] }).toEqual({ exitCode: 0, found: 'false' });
    expect(log).toContain(`No merged pull request brought ${commits[name] ?? ''}`);
  });

  it.each([
    { environment: 'dev', name: 'modules', part: 'environments/dev' },
    { environment: 'staging', name: 'dev', part: 'environments/staging' },
    { environment: 'production', name: 'first modules', part: 'terraform/modules/names' },
  ])('refuses $name for $environment: $part is another by now', async ({ environment, name, part }) => {
    const { exitCode, outputs, log } = await find(environment, name);
    expect({ exitCode, outputs }).toEqual({ exitCode: 1, outputs: {} });
    expect(log).toContain(`${commits[name] ?? ''} is no longer what main says about ${environment}`);
    expect(log).toContain(part);
    expect(log).toContain('Rollback');
  });

  it('refuses an environment that the commit does not have, rather than to find it unchanged', async () => {
    const { exitCode, log } = await find('qa', 'a text');
    expect(exitCode).toBe(1);
    expect(log).toContain(`GitHub shows no environments/qa at ${commits['a text'] ?? ''}`);
  });

  it('says which permission is missing', async () => {
    const { exitCode, log } = await find('dev', 'a text', {});
    expect(exitCode).toBe(1);
    expect(log).toContain('contents: read');
  });
});
