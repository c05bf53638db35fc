import { chmodSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { ActionRun, RunningAction } from '../../scripts/testing/start-action.ts';
import { describeWithTool } from '../../scripts/testing/tools.ts';
import { readEnvironmentFolder } from '../lib/adapters/checkout/environment-folder.ts';
import { createS3Ledger } from '../lib/adapters/aws/s3-ledger.ts';
import { systemClock } from '../lib/adapters/system/system-clock.ts';
import { stateBucketName } from '../lib/domain/environment/names.ts';
import { factPlaceOf } from '../lib/domain/ledger/fact.ts';
import { digestOfMeaning } from '../lib/domain/plan/meaning.ts';
import { makePlanRepository, type PlanRepository } from '../lib/testing/plan-repository.ts';
import { show, startApplyFixture, type ApplyFixture } from '../../scripts/testing/apply-fixture.ts';

// Each starts Terraform several times, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const ONE = 'resource "terraform_data" "one" { input = "first" }\n';
const TWO = `${ONE}resource "terraform_data" "two" { input = "second" }\n`;

interface State {
  readonly serial: number;
  readonly resources: readonly { readonly name: string }[];
}

describeWithTool(['terraform', 'git'], 'terraform-apply', () => {
  let fixture: ApplyFixture;
  let started: PlanRepository;
  const repositories: PlanRepository[] = [];

  beforeAll(async () => {
    fixture = await startApplyFixture();
    started = makePlanRepository(ONE);
    const applied = await apply(started, await show(started));
    expect(applied).toMatchObject({ exitCode: 0, outputs: { outcome: 'applied' } });
  });
  afterEach(() => {
    for (const repository of repositories.splice(0)) repository.remove();
  });
  afterAll(async () => {
    started.remove();
    await fixture.close();
  });

  /** A copy of the repository whose first commit is applied, with a commit that says something else. */
  const repositoryOf = (configuration: string): PlanRepository => {
    const repository = started.copy();
    repositories.push(repository);
    repository.write('environments/dev/main.tf', configuration);
    repository.commit('change');
    return repository;
  };

  const start = (...given: Parameters<ApplyFixture['start']>): RunningAction => fixture.start(...given);
  const apply = async (...given: Parameters<typeof start>): Promise<ActionRun> => await start(...given).ended;
  const stateOf = (repository: PlanRepository): State =>
    JSON.parse(repository.read('environments/dev/terraform.tfstate')) as State;

  it('applies what was shown, and has nothing left to do the second time', async () => {
    const repository = repositoryOf(TWO);
    const shown = await show(repository);
    expect(await apply(repository, shown)).toMatchObject({ exitCode: 0, outputs: { outcome: 'applied' } });
    expect(stateOf(repository).resources.map(({ name }) => name)).toEqual(['one', 'two']);
    expect(await apply(repository, shown)).toMatchObject({ exitCode: 0, outputs: { outcome: 'no-changes' } });
  });

  it('applies less than was shown', async () => {
    const repository = repositoryOf(`${TWO}resource "terraform_data" "three" {}\n`);
    const shown = await show(repository);
    repository.write('environments/dev/main.tf', TWO);
    expect((await apply(repository, shown)).outputs['outcome']).toBe('applied');
  });

  it.each<[string, (repository: PlanRepository) => void, RegExp]>([
    [
      'another value',
      (repository) => repository.write('environments/dev/main.tf', TWO.replace('first', 'other')),
      /\+ update terraform_data\.one(?:%0A|\n)\s+\+ {3}input = "other"/,
    ],
    [
      'another resource',
      (repository) => repository.write('environments/dev/main.tf', `${TWO}resource "terraform_data" "three" {}\n`),
      /\+ create terraform_data\.three/,
    ],
    [
      'a resource that has to be made anew, since somebody removed it by hand',
      (repository) => repository.write('environments/dev/terraform.tfstate', { ...stateOf(repository), resources: [] }),
      /\+ create terraform_data\.one/,
    ],
  ])('refuses %s, and says what was not shown', async (_what, change, expected) => {
    const repository = repositoryOf(TWO);
    const shown = await show(repository);
    change(repository);
    const before = repository.read('environments/dev/terraform.tfstate');
    const run = await apply(repository, shown);
    expect(run).toMatchObject({ exitCode: 1, outputs: { outcome: 'refused' } });
    expect(run.log).toMatch(expected);
    expect(repository.read('environments/dev/terraform.tfstate')).toBe(before);
  });

  it('refuses another release than the one that was shown as the one to serve', async () => {
    const repository = repositoryOf(TWO);
    const run = await apply(repository, { ...(await show(repository)), live: '0123456789ab' });
    expect(run).toMatchObject({ exitCode: 1, outputs: { outcome: 'refused' } });
    expect(run.summary).toContain('- live 0123456789ab\n+ live nothing');
  });

  it('refuses a meaning that was exchanged after it was approved, before Terraform starts', async () => {
    const repository = repositoryOf(TWO);
    const shown = await show(repository);
    const run = await apply(repository, { ...shown, changes: [] }, digestOfMeaning(shown));
    expect(run.exitCode).toBe(1);
    expect(run.log).toContain('The meaning is not that of the plan that was shown');
    expect(run.log).not.toContain('planned');
  });

  it('says that a part may have been applied when apply fails', async () => {
    const failing = `${ONE}resource "terraform_data" "two" {\n  provisioner "local-exec" {\n    command = "exit 3"\n  }\n}\n`;
    const repository = repositoryOf(failing);
    const run = await apply(repository, await show(repository));
    expect(run).toMatchObject({ exitCode: 1, outputs: { outcome: 'failed' } });
    expect(run.summary).toContain('a part of the plan may have been applied');
    expect(run.log).toMatch(
      /::error file=environments\/dev\/main\.tf,line=3,endLine=3::dev: local-exec provisioner error/,
    );
  });

  it('lets Terraform release its lock when the job is cancelled', async () => {
    const slow = `${ONE}resource "terraform_data" "slow" {\n  provisioner "local-exec" {\n    command = "touch started; sleep 5"\n  }\n}\n`;
    const repository = repositoryOf(slow);
    const lock = path.join(repository.root, 'environments/dev/.terraform.tfstate.lock.info');
    const running = start(repository, await show(repository));
    await waitFor(() => existsSync(path.join(repository.root, 'environments/dev/started')), running.log);
    expect(readFileSync(lock, 'utf8')).toContain('OperationTypeApply');
    process.kill(running.pid, 'SIGINT');
    const run = await running.ended;
    expect(run.exitCode).toBe(1);
    expect(run.log).toContain('terraform apply was interrupted');
    expect(existsSync(lock)).toBe(false);
  });

  it('has applied nothing, and holds no lock, when its runner is lost between comparing and applying', async () => {
    const repository = repositoryOf(TWO);
    const shown = await show(repository);
    // Everything of the job dies as Terraform is asked to apply: no handler runs.
    const paths = process.env['PATH'] ?? '';
    const script = `#!/bin/bash\n[ "$1" != apply ] || kill -KILL $PPID $$\nPATH='${paths}' exec terraform "$@"\n`;
    repository.write('tools/terraform', script);
    chmodSync(path.join(repository.root, 'tools/terraform'), 0o755);
    const before = repository.read('environments/dev/terraform.tfstate');
    const environment = { PATH: `${path.join(repository.root, 'tools')}${path.delimiter}${paths}` };
    const lost = await start(repository, shown, digestOfMeaning(shown), { environment }).ended;
    expect(lost).toMatchObject({ exitCode: 1, outputs: {} });
    expect(lost.log).toContain('terraform_data.two');
    expect(repository.read('environments/dev/terraform.tfstate')).toBe(before);
    expect(existsSync(path.join(repository.root, 'environments/dev/.terraform.tfstate.lock.info'))).toBe(false);
    // The next attempt plans and compares anew.
    expect(await apply(repository, shown)).toMatchObject({ exitCode: 0, outputs: { outcome: 'applied' } });
  });

  // Its facts stay in the ledger of all.
  it('changes nothing where a later commit is applied already', async () => {
    const repository = repositoryOf(TWO);
    const shown = await show(repository);
    const early = repository.git('rev-parse', 'HEAD');
    const later = repository.commit('later');
    const { environment } = await readEnvironmentFolder(repository.root, 'dev');
    const ledger = createS3Ledger(fixture.place, {
      bucket: stateBucketName(environment),
      environment,
      origin: { ...factPlaceOf(environment, '1'), commit: later, run: { id: 1, attempt: 1, url: 'https://run' } },
      clock: systemClock,
    });
    await ledger.append({
      ...{ kind: 'begun', task: 'deploy', release: '0123456789ab', image: 'image', servedBefore: 'config' },
      ...{ previousRelease: null, leaves: null, accepts: [], acceptsServing: null, reason: null },
    });
    repository.git('checkout', '--quiet', '--detach', early);
    const run = await apply(repository, shown);
    expect(run).toMatchObject({ exitCode: 0, outputs: { outcome: 'overtaken' } });
    expect(run.summary).toContain(later);
    expect(stateOf(repository).resources).toHaveLength(1);
  });
});

async function waitFor(condition: () => boolean, log: () => string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`the condition did not come true in 30 s\n${log()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
