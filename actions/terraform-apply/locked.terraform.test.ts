import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startLocalGithub, GITHUB_ACTIONS, type LocalGithub } from '@sagemaker-gitops/local-github';
import type { ActionRun, RunningAction } from '../../scripts/testing/start-action.ts';
import { describeWithTool } from '../../scripts/testing/tools.ts';
import { digestOfMeaning, type PlanMeaning } from '../lib/domain/plan/meaning.ts';
import { makePlanRepository, type PlanRepository } from '../lib/testing/plan-repository.ts';
import { show, startApplyFixture, type ApplyFixture } from '../../scripts/testing/apply-fixture.ts';

const SLOW =
  'resource "terraform_data" "slow" {\n  provisioner "local-exec" {\n    command = "touch started; sleep 60"\n  }\n}\n';

let folder: string;
let github: LocalGithub;
let fixture: ApplyFixture;
let shown: PlanMeaning;
let repository: PlanRepository;
let holder: RunningAction;

/** An apply while another one holds the lock, with this as all that GitHub knows of the other one. */
async function applyBeside(run: Partial<LocalGithub['state']['workflowRuns'][number]>): Promise<ActionRun> {
  const now = new Date().toISOString();
  github.state.workflowRuns.splice(0, Number.POSITIVE_INFINITY, {
    ...{ id: 77, name: 'Deploy', path: '.github/workflows/deploy.yml', event: 'push', headSha: 'a'.repeat(40) },
    ...{ headBranch: 'main', actor: GITHUB_ACTIONS, createdAt: '2026-01-31T12:00:00Z', updatedAt: now },
    ...{ status: 'completed', conclusion: 'failure' },
    ...run,
  });
  const token = github.token({ actions: 'read' });
  return await fixture.start(repository, shown, digestOfMeaning(shown), {
    inputs: { 'github-token': token },
    environment: {
      ...github.environment,
      GITHUB_WORKFLOW_REF: 'acme/models/.github/workflows/deploy.yml@refs/heads/main',
    },
  }).ended;
}

describeWithTool(['terraform', 'git'], 'terraform-apply on a locked state', () => {
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'locked-'));
    github = await startLocalGithub({ logDirectory: folder, owner: 'acme', repo: 'models' });
    repository = makePlanRepository(SLOW);
    fixture = await startApplyFixture();
    shown = await show(repository);
    holder = fixture.start(repository, shown);
    for (const deadline = Date.now() + 60_000; !existsSync(path.join(repository.root, 'environments/dev/started'));) {
      if (Date.now() > deadline) throw new Error(`the apply that holds the lock did not start:\n${holder.log()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }, 90_000);

  afterAll(async () => {
    process.kill(holder.pid, 'SIGINT');
    await holder.ended;
    await github.close();
    await fixture.close();
    repository.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const job = { name: 'scoring / dev / Change / Apply / Run Terraform', conclusion: 'failure', steps: [] } as const;
  const times = () => ({
    startedAt: new Date(Date.now() - 300_000).toISOString(),
    completedAt: new Date(Date.now() + 300_000).toISOString(),
  });

  it('names the run that left the lock, and how to break it', async () => {
    const run = await applyBeside({ jobs: [{ ...job, ...times() }] });
    expect(run.exitCode).toBe(1);
    expect(run.log).toMatch(
      /the state of dev is locked[^]*acme\/models\/actions\/runs\/77 \(.+@.+\) holds it for OperationTypeApply since \d{4}-/,
    );
    expect(run.log).toMatch(/terraform force-unlock [0-9a-f-]{36}/);
  });

  it('says nothing of breaking it while that run goes on', async () => {
    const run = await applyBeside({ status: 'in_progress', conclusion: null, jobs: [{ ...job, ...times() }] });
    expect(run.log).toContain('Wait for that run, then run the failed jobs again');
    expect(run.log).not.toContain('force-unlock');
  });

  it('says nothing of breaking it where no run of the environment was at work', async () => {
    const run = await applyBeside({
      jobs: [{ ...job, ...times(), name: 'scoring / dev-eu / Change / Apply / Run Terraform' }],
    });
    expect(run.log).toMatch(/No run of this workflow was at work then: ask who runs Terraform as .+@/);
    expect(run.log).not.toContain('force-unlock');
  });
});
