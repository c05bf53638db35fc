import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { startAction, type ActionRun } from '../../scripts/testing/start-action.ts';
import { describeWithTool } from '../../scripts/testing/tools.ts';
import { makePlanRepository, type PlanRepository } from '../lib/testing/plan-repository.ts';
import { VALID_ENVIRONMENT } from '../lib/testing/valid-environment.ts';

const repositories: PlanRepository[] = [];

afterEach(() => {
  for (const repository of repositories.splice(0)) repository.remove();
});

/** dev and production use the module `endpoint`, which uses `names`; staging uses none; label is of another service. */
function fourEnvironments(): PlanRepository {
  const repository = makePlanRepository('module "endpoint" {\n  source = "../../terraform/modules/endpoint"\n}\n');
  repositories.push(repository);
  repository.write('environments/production/environment.json', { ...VALID_ENVIRONMENT, promotionOrder: 3 });
  repository.write('environments/production/main.tf', 'module "e" { source = "../../terraform/modules/endpoint" }\n');
  repository.write('environments/staging/environment.json', { ...VALID_ENVIRONMENT, promotionOrder: 2 });
  repository.write('environments/staging/main.tf', '# source = "../../terraform/modules/endpoint"\nlocals {}\n');
  repository.write('environments/label/environment.json', { ...VALID_ENVIRONMENT, service: 'labelling' });
  repository.write(
    'terraform/modules/endpoint/main.tf',
    'module "names" { source = "../names" }\nlocals {\n  policy = file("${path.module}/../../policies/read.json")\n  board = file("${path.module}/board.md")\n}\n',
  );
  repository.write('terraform/modules/names/main.tf', 'locals {}\n');
  repository.write('terraform/modules/unused/main.tf', 'locals {}\n');
  repository.write('terraform/policies/read.json', {});
  for (const service of ['scoring', 'labelling']) repository.write(`server/models/${service}/model.onnx`, 'a model');
  repository.commit('four environments');
  return repository;
}

async function changed(repository: PlanRepository, inputs: Readonly<Record<string, string>>): Promise<ActionRun> {
  return await startAction('changed-environments', {
    'working-directory': repository.root,
    'head-sha': '',
    compare: 'exact',
    environment: '',
    ...inputs,
  }).ended;
}

describeWithTool('git', 'changed-environments', () => {
  it.each([
    { file: 'environments/staging/release.json', environments: ['staging'], answers: false },
    { file: 'environments/dev/notes/deep/readme.md', environments: [] },
    { file: 'terraform/modules/endpoint/variables.tf', environments: ['dev', 'production'], product: true },
    { file: 'terraform/modules/endpoint/README.md', environments: [], product: true },
    { file: 'environments/dev/README.md', environments: [] },
    // Texts that tests of the product read, and generators write.
    { file: 'README.md', environments: [], product: true },
    { file: 'environments/README.md', environments: [], product: true },
    // A text that Terraform reads by its name.
    { file: 'terraform/modules/endpoint/board.md', environments: ['dev', 'production'], product: true },
    { file: 'terraform/modules/names/main.tf', environments: ['dev', 'production'], product: true },
    { file: 'terraform/policies/read.json', environments: ['dev', 'production'], product: true },
    { file: 'terraform/modules/unused/main.tf', environments: [], product: true },
    { file: 'terraform/environment/main.tf', environments: [], product: true },
    { file: 'environments/release.schema.json', environments: [], product: true },
    { file: 'environments/label/smoke.json', environments: ['label'] },
    { file: 'environments/dev-2/notes.txt', environments: [] },
    { file: 'environments/dev/"odd\nname"; $(x).tf', environments: ['dev'] },
    { file: 'server/models/scoring/model.onnx', environments: [], models: ['scoring'], images: ['scoring'] },
    {
      file: 'server/models/scoring/review.csv',
      environments: [],
      models: ['scoring'],
      images: [],
      reviews: ['scoring'],
    },
    { file: 'server/models/nobody/model.onnx', environments: [], models: ['nobody'], images: [] },
    { file: 'environments/label/release.json', environments: ['label'], answers: false },
    { file: 'server/models/scoring/README.md', environments: [] },
    { file: 'server/src/"odd\nname".ts', environments: [], product: true, images: ['labelling', 'scoring'] },
    { file: '.github/workflows/deploy.yml', environments: [], product: true },
  ])(
    'a change of $file touches $environments',
    async ({ file, environments, product, models, images, reviews, answers }) => {
      const repository = fourEnvironments();
      const base = repository.git('rev-parse', 'HEAD');
      repository.write(file, '# changed\n');
      repository.commit('change');
      const { outputs, exitCode } = await changed(repository, { 'base-sha': base });
      expect(exitCode).toBe(0);
      const service = environments[0] === 'label' ? 'labelling' : 'scoring';
      expect(outputs).toEqual({
        environments: JSON.stringify(environments),
        chains: JSON.stringify(environments.length === 0 ? [] : [{ service, environments }]),
        'not-configured': '[]',
        removed: '[]',
        product: String(product ?? false),
        answers: String(answers ?? (product === true || !file.endsWith('.md'))),
        models: JSON.stringify(models ?? []),
        images: JSON.stringify(images ?? []),
        reviews: JSON.stringify(reviews ?? images ?? []),
        'compared-with': base,
      });
    },
  );

  it.each([
    {
      title: 'a file that moves from content to the product',
      change: (repository: PlanRepository) => {
        repository.git('mv', 'server/models/scoring/model.onnx', 'server/model.onnx');
      },
      outputs: { product: 'true', models: '["scoring"]' },
    },
    {
      title: 'a file that moves from the product to content',
      change: (repository: PlanRepository) => {
        repository.git('mv', 'terraform/policies/read.json', 'environments/staging/read.json');
      },
      outputs: { product: 'true', environments: '["dev","staging","production"]' },
    },
    {
      title: 'a model that is deleted',
      change: (repository: PlanRepository) => {
        repository.git('rm', '-r', '--quiet', 'server/models/scoring');
      },
      outputs: { product: 'false', models: '["scoring"]' },
    },
    {
      title: 'a link in place of a model folder',
      change: (repository: PlanRepository) => {
        symlinkSync('../src', path.join(repository.root, 'server/models/linked'));
      },
      outputs: { product: 'true', models: '[]' },
    },
    {
      title: 'a submodule in place of a model folder',
      change: (repository: PlanRepository) => {
        const commit = repository.git('rev-parse', 'HEAD');
        repository.git('update-index', '--add', '--cacheinfo', `160000,${commit},server/models/linked`);
      },
      outputs: { product: 'true', models: '[]' },
    },
    {
      title: 'an environment folder that becomes a link',
      change: (repository: PlanRepository) => {
        repository.git('rm', '-r', '--quiet', 'environments/staging');
        symlinkSync('dev', path.join(repository.root, 'environments/staging'));
      },
      outputs: { product: 'true' },
    },
  ])('tells what belongs to $title', async ({ change, outputs }) => {
    const repository = fourEnvironments();
    const base = repository.git('rev-parse', 'HEAD');
    change(repository);
    // A submodule is in the index alone, and "--all" would take it out again.
    repository.git('add', '--ignore-removal', '.');
    repository.git('commit', '--quiet', '--message', 'change');
    expect((await changed(repository, { 'base-sha': base })).outputs).toMatchObject(outputs);
  });

  it('answers chain by chain, and leaves out what is not set up, with the reason in the summary', async () => {
    const repository = fourEnvironments();
    const base = repository.git('rev-parse', 'HEAD');
    repository.write('environments/production/environment.json', {
      ...{ ...VALID_ENVIRONMENT, promotionOrder: 3 },
      account: '123456789012',
    });
    for (const name of ['dev', 'label']) repository.write(`environments/${name}/new.tf`, '');
    repository.commit('change');
    const { outputs, summary } = await changed(repository, { 'base-sha': base });
    expect(outputs).toMatchObject({
      environments: '["label","dev"]',
      chains: '[{"service":"labelling","environments":["label"]},{"service":"scoring","environments":["dev"]}]',
      'not-configured': '["production"]',
    });
    expect(summary).toContain("`production` isn't set up yet");
    expect(summary).toContain('npm run bootstrap');
  });

  it('builds no image whose first environment is not set up, and says so', async () => {
    const repository = fourEnvironments();
    const account = '123456789012';
    repository.write('environments/dev/environment.json', { ...VALID_ENVIRONMENT, account });
    const base = repository.commit('placeholder');
    repository.write('server/models/scoring/model.onnx', 'another');
    repository.commit('change');
    const { outputs, summary } = await changed(repository, { 'base-sha': base });
    expect(outputs).toMatchObject({ images: '[]', models: '["scoring"]', 'not-configured': '["dev"]' });
    // Its model is reviewed all the same.
    expect(outputs['reviews']).toBe('["scoring"]');
    expect(summary).toMatch(/No image\.[^]*`dev` isn't set up yet/);
  });

  it('answers the one environment that is named, and names those that there are otherwise', async () => {
    const repository = fourEnvironments();
    const named = await changed(repository, { 'base-sha': '', environment: 'staging' });
    expect(named.outputs).toMatchObject({
      environments: '["staging"]',
      chains: '[{"service":"scoring","environments":["staging"]}]',
    });
    const unknown = await changed(repository, { 'base-sha': '', environment: 'prod' });
    expect(unknown.exitCode).toBe(1);
    expect(unknown.log).toMatch(/no environment "prod".*dev, label, production, staging/s);
  });

  it('sees a module that was moved away from under an environment', async () => {
    const repository = fourEnvironments();
    const base = repository.git('rev-parse', 'HEAD');
    repository.git('mv', 'environments/dev/main.tf', 'environments/dev/root.tf');
    repository.commit('rename');
    expect((await changed(repository, { 'base-sha': base })).outputs['environments']).toBe('["dev"]');
  });

  it('sees more than 300 files', async () => {
    const repository = fourEnvironments();
    const base = repository.git('rev-parse', 'HEAD');
    for (let index = 0; index < 400; index += 1) repository.write(`server/${String(index)}.ts`, '');
    repository.write('terraform/zz/last.tf', '');
    repository.write('environments/staging/zz.tf', '');
    repository.commit('many');
    expect((await changed(repository, { 'base-sha': base })).outputs['environments']).toBe('["staging"]');
  });

  it('compares with the merge base, so that later commits on main do not count as changes', async () => {
    const repository = fourEnvironments();
    repository.git('switch', '--quiet', '--create', 'change');
    repository.write('environments/staging/main.tf', '');
    const head = repository.commit('change');
    repository.git('switch', '--quiet', 'main');
    repository.write('environments/dev/main.tf', '');
    const base = repository.commit('meanwhile');
    const inputs = { 'base-sha': base, 'head-sha': head };
    const since = await changed(repository, { ...inputs, compare: 'merge-base' });
    expect(since.outputs['environments']).toBe('["staging"]');
    expect(since.outputs['compared-with']).toBe(repository.git('merge-base', base, head));
    expect((await changed(repository, inputs)).outputs['environments']).toBe('["dev","staging"]');
  });

  it('has models asked where the live release sets another container environment, and nowhere else', async () => {
    const repository = fourEnvironments();
    const release = (live: string, environment: object) => ({
      live,
      releases: { [live]: { spec: { environment } }, old: { spec: { environment: { THREADS: 'many' } } } },
    });
    repository.write('environments/dev/release.json', release('a', { THREADS: '1' }));
    let base = repository.commit('first');
    const answersAfter = async (file: object): Promise<string | undefined> => {
      repository.write('environments/dev/release.json', file);
      repository.commit('next');
      const { outputs } = await changed(repository, { 'base-sha': base });
      base = repository.git('rev-parse', 'HEAD');
      return outputs['answers'];
    };
    expect(await answersAfter(release('b', { THREADS: '1' }))).toBe('false');
    expect(await answersAfter(release('c', { THREADS: 'lots' }))).toBe('true');
    expect(await answersAfter({ live: null, releases: {} })).toBe('true');
  });

  it('warns of an environment whose folder is removed', async () => {
    const repository = fourEnvironments();
    const base = repository.git('rev-parse', 'HEAD');
    repository.git('rm', '-r', '--quiet', 'environments/staging');
    repository.commit('remove');
    const { outputs, log } = await changed(repository, { 'base-sha': base });
    expect(outputs).toMatchObject({ environments: '[]', removed: '["staging"]' });
    expect(log).toContain('::warning::The folder of the environment staging is removed');
  });

  it.each([
    {
      before: {},
      after: { account: '111122223333' },
      warning: 'changes its account from 210987654321 to 111122223333',
    },
    {
      before: {},
      after: { region: 'us-east-1', service: 'labelling' },
      warning: 'changes its region from eu-west-1 to us-east-1, its service from scoring to labelling',
    },
    { before: { account: '123456789012' }, after: {}, warning: undefined },
    { before: {}, after: { retainReleases: 9 }, warning: undefined },
  ])('warns of an environment that leaves its endpoint behind: $warning', async ({ before, after, warning }) => {
    const repository = fourEnvironments();
    const staging = { ...VALID_ENVIRONMENT, promotionOrder: 2 };
    repository.write('environments/staging/environment.json', { ...staging, ...before });
    const base = repository.commit('before');
    repository.write('environments/staging/environment.json', { ...staging, ...after, logRetentionDays: 14 });
    repository.commit('change');
    const { outputs, log } = await changed(repository, { 'base-sha': base });
    expect(outputs['removed']).toBe('[]');
    const expected = warning === undefined ? [] : [`::warning::The environment staging ${warning}`];
    expect(log.match(/::warning::[^:]*/g) ?? []).toEqual(expected);
  });

  it('says nothing of a removed environment that was never set up: Terraform has made nothing there', async () => {
    const repository = fourEnvironments();
    const account = '123456789012';
    repository.write('environments/staging/environment.json', { ...VALID_ENVIRONMENT, promotionOrder: 2, account });
    const base = repository.commit('placeholder');
    repository.git('rm', '-r', '--quiet', 'environments/staging');
    repository.commit('remove');
    const { outputs, log } = await changed(repository, { 'base-sha': base });
    expect(outputs['removed']).toBe('[]');
    expect(log).not.toContain('::warning::');
  });

  it('builds no image of a service without a model folder: its releases take the model from S3', async () => {
    const repository = fourEnvironments();
    repository.git('rm', '-r', '--quiet', 'server/models/labelling');
    const base = repository.commit('remove');
    repository.write('server/src/main.ts', '// changed\n');
    repository.commit('change');
    expect((await changed(repository, { 'base-sha': base })).outputs['images']).toBe('["scoring"]');
  });

  it('takes a new branch for a change of everything', async () => {
    const { outputs } = await changed(fourEnvironments(), { 'base-sha': '0'.repeat(40) });
    expect(outputs).toMatchObject({
      environments: '["label","dev","staging","production"]',
      product: 'true',
      models: '["labelling","scoring"]',
      images: '["labelling","scoring"]',
      reviews: '["labelling","scoring"]',
      'compared-with': '',
    });
  });

  it('takes a forced push, whose commit before is gone, for a change of everything', async () => {
    const { outputs, log } = await changed(fourEnvironments(), { 'base-sha': 'f'.repeat(40) });
    expect(outputs).toMatchObject({ environments: '["label","dev","staging","production"]', product: 'true' });
    expect(outputs['compared-with']).toBe('');
    expect(log).toMatch(/::warning::The commit before the change, f{40}, is not in this checkout/);
  });

  it('asks for the history where a commit of a pull request is missing', async () => {
    const inputs = { 'base-sha': 'f'.repeat(40), compare: 'merge-base' };
    const { exitCode, log } = await changed(fourEnvironments(), inputs);
    expect(exitCode).toBe(1);
    expect(log).toContain('fetch-depth: 0');
  });

  it('refuses a word for how to compare that it does not know', async () => {
    const { exitCode, log } = await changed(fourEnvironments(), { 'base-sha': '', compare: 'two-dot' });
    expect(exitCode).toBe(1);
    expect(log).toContain('merge-base or exact');
  });
});
