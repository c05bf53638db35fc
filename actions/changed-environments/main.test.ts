import { afterEach, expect, it } from 'vitest';
import { startAction } from '../../scripts/testing/start-action.ts';
import { describeWithTool } from '../../scripts/testing/tools.ts';
import { makePlanRepository, type PlanRepository } from '../lib/testing/plan-repository.ts';
import { VALID_ENVIRONMENT } from '../lib/testing/valid-environment.ts';

const repositories: PlanRepository[] = [];

afterEach(() => {
  for (const repository of repositories.splice(0)) repository.remove();
});

/** dev and production use the module `endpoint`, which uses `names`; staging uses none. */
function threeEnvironments(): PlanRepository {
  const repository = makePlanRepository('module "endpoint" {\n  source = "../../terraform/modules/endpoint"\n}\n');
  repositories.push(repository);
  repository.write('environments/production/environment.json', { ...VALID_ENVIRONMENT, promotionOrder: 3 });
  repository.write('environments/production/main.tf', 'module "e" { source = "../../terraform/modules/endpoint" }\n');
  repository.write('environments/staging/environment.json', { ...VALID_ENVIRONMENT, promotionOrder: 2 });
  repository.write('environments/staging/main.tf', '# source = "../../terraform/modules/endpoint"\nlocals {}\n');
  repository.write(
    'terraform/modules/endpoint/main.tf',
    'module "names" { source = "../names" }\nlocals { policy = file("${path.module}/../../policies/read.json") }\n',
  );
  repository.write('terraform/modules/names/main.tf', 'locals {}\n');
  repository.write('terraform/modules/unused/main.tf', 'locals {}\n');
  repository.write('terraform/policies/read.json', {});
  repository.commit('three environments');
  return repository;
}

async function changed(
  repository: PlanRepository,
  inputs: Readonly<Record<string, string>>,
): Promise<{ exitCode: number; log: string; outputs: Readonly<Record<string, string>> }> {
  return await startAction('changed-environments', {
    'working-directory': repository.root,
    'head-sha': '',
    compare: 'exact',
    'shared-paths': 'environments/*\n.terraform-version\n',
    ...inputs,
  }).ended;
}

describeWithTool('git', 'changed-environments', () => {
  it.each([
    { file: 'environments/staging/release.json', environments: ['staging'] },
    { file: 'environments/dev/notes/readme.md', environments: ['dev'] },
    { file: 'terraform/modules/endpoint/variables.tf', environments: ['dev', 'production'] },
    { file: 'terraform/modules/names/main.tf', environments: ['dev', 'production'] },
    { file: 'terraform/policies/read.json', environments: ['dev', 'production'] },
    { file: 'terraform/modules/unused/main.tf', environments: [] },
    { file: 'environments/release.schema.json', environments: ['dev', 'staging', 'production'] },
    { file: '.terraform-version', environments: ['dev', 'staging', 'production'] },
    { file: 'environments/dev-2/notes.md', environments: [] },
    { file: 'server/src/"odd\nname".ts', environments: [] },
  ])('a change of $file touches $environments', async ({ file, environments }) => {
    const repository = threeEnvironments();
    const base = repository.git('rev-parse', 'HEAD');
    repository.write(file, '# changed\n');
    repository.commit('change');
    const { outputs, exitCode } = await changed(repository, { 'base-sha': base });
    expect(exitCode).toBe(0);
    expect(outputs).toEqual({
      environments: JSON.stringify(environments),
      matrix: JSON.stringify({ include: environments.map((environment) => ({ environment })) }),
      any: String(environments.length > 0),
      removed: '[]',
    });
  });

  it('sees a module that was moved away from under an environment', async () => {
    const repository = threeEnvironments();
    const base = repository.git('rev-parse', 'HEAD');
    repository.git('mv', 'environments/dev/main.tf', 'environments/dev/root.tf');
    repository.commit('rename');
    expect((await changed(repository, { 'base-sha': base })).outputs['environments']).toBe('["dev"]');
  });

  it('sees more than 300 files', async () => {
    const repository = threeEnvironments();
    const base = repository.git('rev-parse', 'HEAD');
    for (let index = 0; index < 400; index += 1) repository.write(`server/${String(index)}.ts`, '');
    repository.write('terraform/zz/last.tf', '');
    repository.write('environments/staging/zz.tf', '');
    repository.commit('many');
    expect((await changed(repository, { 'base-sha': base })).outputs['environments']).toBe('["staging"]');
  });

  it('counts from where the branches parted, so that what main did since is not held against the change', async () => {
    const repository = threeEnvironments();
    repository.git('switch', '--quiet', '--create', 'change');
    repository.write('environments/staging/main.tf', '');
    const head = repository.commit('change');
    repository.git('switch', '--quiet', 'main');
    repository.write('environments/dev/main.tf', '');
    const base = repository.commit('meanwhile');
    const inputs = { 'base-sha': base, 'head-sha': head };
    expect((await changed(repository, { ...inputs, compare: 'merge-base' })).outputs['environments']).toBe(
      '["staging"]',
    );
    expect((await changed(repository, inputs)).outputs['environments']).toBe('["dev","staging"]');
  });

  it('warns of an environment whose folder is removed', async () => {
    const repository = threeEnvironments();
    const base = repository.git('rev-parse', 'HEAD');
    repository.git('rm', '-r', '--quiet', 'environments/staging');
    repository.commit('remove');
    const { outputs, log } = await changed(repository, { 'base-sha': base });
    expect(outputs).toMatchObject({ environments: '[]', removed: '["staging"]' });
    expect(log).toContain('::warning::The folder of the environment staging is removed');
  });

  it('takes a new branch for a change of everything', async () => {
    const { outputs } = await changed(threeEnvironments(), { 'base-sha': '0'.repeat(40) });
    expect(outputs['environments']).toBe('["dev","staging","production"]');
  });

  it('asks for the history where a commit is missing', async () => {
    const { exitCode, log } = await changed(threeEnvironments(), { 'base-sha': 'f'.repeat(40) });
    expect(exitCode).toBe(1);
    expect(log).toContain('fetch-depth: 0');
  });

  it('refuses a word for how to compare that it does not know', async () => {
    const { exitCode, log } = await changed(threeEnvironments(), { 'base-sha': '', compare: 'two-dot' });
    expect(exitCode).toBe(1);
    expect(log).toContain('merge-base or exact');
  });
});
