import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { startAction, type ActionRun } from '../../scripts/testing/start-action.ts';
import { describeWithTool } from '../../scripts/testing/tools.ts';
import { makePlanRepository, releaseFileOf, releaseSpec, type PlanRepository } from '../lib/testing/plan-repository.ts';
import { parseStatement } from '../lib/domain/plan/statement.ts';
import { VALID_ENVIRONMENT } from '../lib/testing/valid-environment.ts';

const repositories: PlanRepository[] = [];

function repositoryOf(configuration: string, release?: object): PlanRepository {
  const repository = makePlanRepository(configuration, release);
  repositories.push(repository);
  return repository;
}

afterEach(() => {
  for (const repository of repositories.splice(0)) repository.remove();
});

async function plan(
  repository: PlanRepository,
  inputs: Readonly<Record<string, string>> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<ActionRun> {
  const given = {
    environment: 'dev',
    'working-directory': repository.root,
    'head-sha': '',
    'base-sha': '',
    'pull-request': '',
    'backend-config': '',
    'output-directory': path.join(repository.root, 'out'),
    ...inputs,
  };
  return await startAction('terraform-plan', given, environment).ended;
}

const TWO = `
variable "password" {
  type      = string
  sensitive = true
  default   = "hunter-twenty-two"
}
resource "terraform_data" "one" { input = "first" }
resource "terraform_data" "two" { input = var.password }
output "password" {
  value     = var.password
  sensitive = true
}
`;

/** A release with an image in the region of the environment. */
function deployable(...[letter, changes]: Parameters<typeof releaseSpec>): ReturnType<typeof releaseSpec> {
  const spec = releaseSpec(letter, changes);
  return { ...spec, image: spec.image.replace('eu-central-1', VALID_ENVIRONMENT.region) };
}

describeWithTool(['terraform', 'git'], 'terraform-plan', () => {
  it('plans, and writes a summary, the full text and a statement of what it means', async () => {
    const repository = repositoryOf(TWO);
    const base = repository.git('rev-parse', 'HEAD');
    const run = await plan(repository, { 'pull-request': '7', 'base-sha': base });
    expect(run.log).not.toContain('Error');
    expect(run.exitCode).toBe(0);
    expect(run.outputs['outcome']).toBe('changes');
    const summary = JSON.parse(readFileSync(run.outputs['summary-file'] ?? '', 'utf8')) as {
      headSha: string;
      result: { counts: object };
    };
    expect(summary.headSha).toBe(repository.git('rev-parse', 'HEAD'));
    expect(summary.result.counts).toMatchObject({ create: 2, delete: 0 });
    expect(run.outputs['statement-artifact']).toBe('statement-dev-1');
    const file = path.join(run.outputs['statement-directory'] ?? '', 'dev.statement.json');
    const statement = parseStatement({ path: file, text: readFileSync(file, 'utf8') });
    expect(statement).toMatchObject({ environment: 'dev', pullRequest: 7, headSha: base, baseSha: base });
    expect(statement.meaning).toMatchObject({
      live: null,
      changes: [
        { subject: 'output.password', values: [{ path: '(root)', after: { kind: 'hidden' } }] },
        { subject: 'terraform_data.one', action: 'create' },
        { subject: 'terraform_data.two', action: 'create' },
      ],
    });
    expect(run.summary).toContain('2 to create');
  });

  it('shows a sensitive value nowhere', async () => {
    const repository = repositoryOf(TWO);
    const base = repository.git('rev-parse', 'HEAD');
    const run = await plan(repository, { 'pull-request': '7', 'base-sha': base });
    const written = readdirSync(path.join(repository.root, 'out'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));
    expect(written.length).toBe(3);
    for (const text of [run.log, run.summary, JSON.stringify(run.outputs), ...written]) {
      expect(text).not.toContain('hunter-twenty-two');
    }
  });

  it('leaves no saved plan behind', async () => {
    const repository = repositoryOf(TWO);
    const temporary = path.join(repository.root, 'out');
    repository.write('out/keep', '');
    await startAction(
      'terraform-plan',
      {
        environment: 'dev',
        'working-directory': repository.root,
        'output-directory': path.join(repository.root, 'out/output'),
      },
      { RUNNER_TEMP: temporary },
    ).ended;
    expect(readdirSync(temporary).sort()).toEqual(['keep', 'output']);
  });

  it('shows a sensitive value nowhere where a plan fails on it, as a provider quotes what it refuses', async () => {
    const quoting =
      'resource "terraform_data" "three" {\n  lifecycle {\n    precondition {\n      condition     = var.password == "x"\n      error_message = "invalid value (${nonsensitive(var.password)})"\n    }\n  }\n}\n';
    const repository = repositoryOf(`${TWO}${quoting}`);
    const run = await plan(repository);
    expect(run.outputs['outcome']).toBe('failed');
    expect(run.summary).toContain('invalid value ((hidden))');
    for (const text of [run.log, run.summary, JSON.stringify(run.outputs)]) {
      expect(text).not.toContain('hunter-twenty-two');
    }
  });

  it('says no changes after an apply', async () => {
    const repository = repositoryOf('output "one" { value = "1" }\n');
    repository.write('environments/dev/terraform.tfstate', {
      version: 4,
      terraform_version: '1.11.4',
      serial: 1,
      lineage: 'b2a0f2a7-3f11-4d3f-9d5c-111111111111',
      outputs: { one: { value: '1', type: 'string' } },
      resources: [],
      check_results: null,
    });
    const run = await plan(repository);
    expect(run).toMatchObject({ exitCode: 0, outputs: { outcome: 'no-changes' } });
  });

  it.each([
    {
      step: 'init',
      configuration: 'terraform {\n  required_providers {\n    nope = { source = "acme/nope" }\n  }\n}\n',
      annotation: /^::error::.*Failed to query available provider packages/m,
    },
    {
      step: 'validate',
      configuration: 'resource "terraform_data" "a" {\n  inputt = 1\n}\n',
      annotation: /^::error file=environments\/dev\/main\.tf,line=2,endLine=2::dev: Unsupported argument/m,
    },
    {
      step: 'plan',
      configuration:
        'locals {\n  n = 1\n}\nresource "terraform_data" "a" {\n  lifecycle {\n    precondition {\n      condition     = local.n == 2\n      error_message = "not two"\n    }\n  }\n}\n',
      annotation:
        /^::error file=environments\/dev\/main\.tf,line=7,endLine=7::dev: Resource precondition failed%0Anot two/m,
    },
  ])('annotates an error of $step on its file and line, and still writes the summary', async (row) => {
    const repository = repositoryOf(row.configuration);
    const run = await plan(repository);
    expect(run.exitCode).toBe(1);
    expect(run.outputs['outcome']).toBe('failed');
    expect(run.log).toMatch(row.annotation);
    expect(run.summary).toContain(`terraform ${row.step} failed`);
    expect(existsSync(run.outputs['summary-file'] ?? '')).toBe(true);
    const written = readdirSync(run.outputs['statement-directory'] ?? '');
    expect(written.sort()).toEqual(['dev.json', 'dev.txt']);
  });

  it('takes no lock: it plans while somebody else holds it, and leaves none behind', async () => {
    const repository = repositoryOf(TWO);
    const lock = 'environments/dev/.terraform.tfstate.lock.info';
    repository.write(lock, { ID: '11111111-2222-3333-4444-555555555555', Who: 'ada@laptop' });
    const held = await plan(repository);
    expect(held).toMatchObject({ exitCode: 0, outputs: { outcome: 'changes' } });
    expect(repository.read(lock)).toContain('ada@laptop');
    rmSync(path.join(repository.root, lock));
    await plan(repository);
    expect(existsSync(path.join(repository.root, lock))).toBe(false);
  });

  it.each([
    ['override.tf', (repository: PlanRepository, file: string) => repository.write(file, 'output "x" { value = 1 }')],
    ['x.auto.tfvars', (repository: PlanRepository, file: string) => repository.write(file, 'a = 1')],
    ['extra.tf.json', (repository: PlanRepository, file: string) => repository.write(file, {})],
    [
      'release.tf',
      (repository: PlanRepository, file: string) => {
        symlinkSync('main.tf', path.join(repository.root, file));
      },
    ],
    [
      '.terraform/modules/modules.json',
      (repository: PlanRepository, file: string) => {
        repository.write(file, { Modules: [] });
        repository.git('add', '--force', file);
        repository.commit('data folder');
      },
    ],
  ])('refuses %s before Terraform runs', async (name, add) => {
    const repository = repositoryOf(TWO);
    add(repository, `environments/dev/${name}`);
    const run = await plan(repository);
    expect(run.exitCode).toBe(1);
    expect(run.log).toMatch(
      new RegExp(`Terraform (?:would|must not) read environments/dev/${name}[^]*remove environments/dev/${name}`, 'i'),
    );
    expect(run.outputs).toEqual({});
    expect(existsSync(path.join(repository.root, 'out'))).toBe(false);
  });

  it('takes neither variables, data folder nor arguments from the environment of the job', async () => {
    const repository = repositoryOf('variable "v" {\n  default = "ours"\n}\noutput "v" {\n  value = var.v\n}\n');
    const elsewhere = path.join(repository.root, 'out/elsewhere');
    const run = await plan(
      repository,
      {},
      {
        ...{ TF_VAR_v: 'theirs', TF_CLI_ARGS_plan: '-var=v=theirs', TF_CLI_ARGS: '-no-such-option' },
        ...{ TF_DATA_DIR: elsewhere, TF_WORKSPACE: 'other', TF_LOG: 'TRACE' },
      },
    );
    expect(run).toMatchObject({ exitCode: 0 });
    expect(run.summary).toContain('+ v = "ours"');
    expect(existsSync(elsewhere)).toBe(false);
  });

  it('warns of what the plan hides, with what the base commit has', async () => {
    const repository = repositoryOf(TWO);
    const base = repository.git('rev-parse', 'HEAD');
    repository.write('environments/dev/.terraform.lock.hcl', '# other checksums\n');
    repository.write(
      'environments/dev/main.tf',
      'resource "terraform_data" "a" {\n  provisioner "local-exec" {\n    command = "true"\n  }\n}\n',
    );
    const head = repository.commit('provisioner');
    const run = await plan(repository, { 'base-sha': base, 'head-sha': head });
    expect(run.exitCode).toBe(0);
    for (const id of ['provisioner', 'root-module-changed', 'lock-file-changed']) {
      expect(run.summary).toContain(`\`${id}\``);
    }
  });

  it('refuses an environment that does not exist', async () => {
    const repository = repositoryOf(TWO);
    const unknown = await plan(repository, { environment: 'nowhere' });
    expect(unknown).toMatchObject({ exitCode: 1, outputs: {} });
    expect(unknown.log).toContain('There is no environment "nowhere"');
  });

  it('names what a merge would release, against the base commit', async () => {
    const before = deployable('a', { environment: { LOG_LEVEL: 'info', TOKEN: 'old-token-value' } });
    const repository = repositoryOf(TWO, releaseFileOf(before));
    const base = repository.git('rev-parse', 'HEAD');
    const after = deployable('b', { instanceCount: 3, environment: { LOG_LEVEL: 'debug', TOKEN: 'new-token-value' } });
    repository.write('environments/dev/release.json', releaseFileOf(before, after));
    repository.write('environments/prices.json', {
      ...{ currency: 'EUR', date: '2026-01-31', source: 'the test' },
      regions: { 'eu-west-1': { 'ml.m5.large': 0.1 } },
    });
    const head = repository.commit('release');
    const run = await plan(repository, { 'base-sha': base, 'head-sha': head });
    expect(run.summary).toContain('`! LOG_LEVEL: "info" -> "debug"`');
    expect(run.summary).toContain('- instances `2` → `3`');
    expect(run.summary).toContain('- instance-hours a month: 1,460 on `ml.m5.large` → 2,190 on `ml.m5.large`');
    expect(run.summary).toContain('- EUR a month: **146 → 219** (instances alone, prices of 2026-01-31)');
    expect(run.summary).toContain('`! TOKEN: (hidden) -> (hidden)  # a hidden value changes`');
    expect(run.summary).not.toContain('token-value');
  });

  it('refuses a release that was edited in place, before anything is planned', async () => {
    const spec = deployable('a');
    const repository = repositoryOf(TWO, releaseFileOf(spec));
    const base = repository.git('rev-parse', 'HEAD');
    const { live, releases } = releaseFileOf(spec);
    const edited = Object.entries(releases).map(
      ([id, entry]) => [id, { ...entry, source: { ...entry.source, promotedFrom: 'somewhere' } }] as const,
    );
    repository.write('environments/dev/release.json', { live, releases: Object.fromEntries(edited) });
    const head = repository.commit('edit');
    const run = await plan(repository, { 'base-sha': base, 'head-sha': head });
    expect(run.exitCode).toBe(1);
    expect(run.log).toMatch(new RegExp(`Release ${String(live)} was edited`));
    expect(run.log).toContain('npm run release -- add');
    expect(run.log).not.toContain('Initializing');
  });

  it('asks for the history when the base commit is not there', async () => {
    const repository = repositoryOf(TWO);
    const run = await plan(repository, { 'base-sha': 'd'.repeat(40) });
    expect(run.exitCode).toBe(1);
    expect(run.log).toContain('fetch-depth: 0');
  });

  it('warns about a canary on one instance', async () => {
    const repository = repositoryOf(TWO, releaseFileOf(deployable('a', { instanceCount: 1 })));
    repository.write('environments/dev/environment.json', { ...VALID_ENVIRONMENT, retainReleases: 3 });
    const run = await plan(repository);
    expect(run.summary).toContain('`canary-below-two-instances`');
  });
});
