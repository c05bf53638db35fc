import { existsSync, readdirSync, readFileSync } from 'node:fs';
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

async function plan(repository: PlanRepository, inputs: Readonly<Record<string, string>> = {}): Promise<ActionRun> {
  return await startAction('terraform-plan', {
    environment: 'dev',
    'working-directory': repository.root,
    'head-sha': '',
    'base-sha': '',
    'pull-request': '',
    'backend-config': '',
    lock: 'true',
    'lock-timeout-seconds': '0',
    'output-directory': path.join(repository.root, 'out'),
    ...inputs,
  }).ended;
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
        lock: 'true',
        'lock-timeout-seconds': '0',
        'output-directory': path.join(repository.root, 'out/output'),
      },
      { RUNNER_TEMP: temporary },
    ).ended;
    expect(readdirSync(temporary).sort()).toEqual(['keep', 'output']);
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

  it('says who holds the lock of the state', async () => {
    const repository = repositoryOf(
      'resource "terraform_data" "a" {\n  provisioner "local-exec" {\n    command = "sleep 60"\n  }\n}\n',
    );
    const folder = path.join(repository.root, 'environments/dev');
    const { spawn, spawnSync } = await import('node:child_process');
    expect(spawnSync('terraform', ['init'], { cwd: folder }).status).toBe(0);
    const holder = spawn('terraform', ['apply', '-auto-approve'], { cwd: folder, stdio: 'ignore' });
    try {
      await waitFor(() => existsSync(path.join(folder, '.terraform.tfstate.lock.info')));
      const run = await plan(repository);
      expect(run.exitCode).toBe(1);
      expect(run.log).toMatch(/The state of dev is locked/);
      expect(run.log).toMatch(/holds it for OperationTypeApply since \d{4}-/);
      expect(run.summary).toMatch(/The state is locked by `.+@.+`/);
    } finally {
      holder.kill('SIGKILL');
    }
  });

  it('refuses an environment that does not exist', async () => {
    const repository = repositoryOf(TWO);
    const unknown = await plan(repository, { environment: 'nowhere' });
    expect(unknown).toMatchObject({ exitCode: 1, outputs: {} });
    expect(unknown.log).toContain('There is no environment "nowhere"');
  });

  it('names what a merge would release, against the base commit', async () => {
    const before = releaseSpec('a', { environment: { LOG_LEVEL: 'info', TOKEN: 'old-token-value' } });
    const repository = repositoryOf(TWO, releaseFileOf(before));
    const base = repository.git('rev-parse', 'HEAD');
    const after = releaseSpec('b', { instanceCount: 3, environment: { LOG_LEVEL: 'debug', TOKEN: 'new-token-value' } });
    repository.write('environments/dev/release.json', releaseFileOf(before, after));
    const head = repository.commit('release');
    const run = await plan(repository, { 'base-sha': base, 'head-sha': head });
    expect(run.summary).toContain('`! LOG_LEVEL: "info" -> "debug"`');
    expect(run.summary).toContain('- instances `2` → `3`');
    expect(run.summary).toContain('`! TOKEN: (hidden) -> (hidden)  # a hidden value changes`');
    expect(run.summary).not.toContain('token-value');
  });

  it('refuses a release that was edited in place, before anything is planned', async () => {
    const spec = releaseSpec('a');
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
    const repository = repositoryOf(TWO, releaseFileOf(releaseSpec('a', { instanceCount: 1 })));
    repository.write('environments/dev/environment.json', { ...VALID_ENVIRONMENT, retainReleases: 3 });
    const run = await plan(repository);
    expect(run.summary).toContain('`canary-below-two-instances`');
  });
});

async function waitFor(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition did not come true in 20 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
