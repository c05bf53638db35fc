import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from '../../build.ts';
import { parseWorkflowFile, type StepFault, type WorkflowFile, type Job } from '@sagemaker-gitops/workflow-runner';
import type { WorkflowDriver } from './driver.ts';
import { ALL_WORKFLOWS, WORKFLOWS, type WorkflowName } from './work.ts';

/** A run that is faulty at one step, and what became of it. */
export interface StepRow {
  readonly workflow: WorkflowName;
  readonly job: string;
  readonly number: number;
  readonly step: string;
  readonly kind: StepFault['kind'];
}

/** A grant that is taken away from a job, or made a smaller one. */
export interface GrantRow {
  readonly workflow: WorkflowName;
  /** The file that has the job: the workflow's own, or one that it calls. */
  readonly file: string;
  readonly job: string;
  readonly permission: string;
  readonly left: 'nothing' | 'read';
}

/** The result of a row: how the faulty run ended, how the next one did, and what did not agree after that. */
export interface StepResult extends StepRow {
  readonly faulty: string;
  readonly next: string;
  readonly problems: readonly string[];
}

const KINDS = ['fails', 'is-cancelled', 'machine-dies'] as const;

/** Reads a workflow of this repository. */
async function readWorkflow(name: string): Promise<WorkflowFile> {
  const file = `.github/workflows/${name}`;
  return await parseWorkflowFile(file, await readFile(path.join(ROOT, file), 'utf8'));
}

interface JobOfWorkflow {
  readonly file: string;
  readonly id: string;
  readonly job: Job;
}

/** The jobs with steps of a workflow and of the workflows that it calls. */
async function listJobs(file: string): Promise<readonly JobOfWorkflow[]> {
  const { workflow } = await readWorkflow(file);
  const jobs = Object.entries(workflow.jobs).map(async ([id, job]) =>
    job.uses === undefined ? [{ file, id, job }] : await listJobs(path.basename(job.uses)),
  );
  return (await Promise.all(jobs)).flat();
}

/** Every step of every job of the workflows that change something, with each kind of fault. */
export async function listSteps(): Promise<readonly StepRow[]> {
  const rows: StepRow[] = [];
  for (const workflow of WORKFLOWS) {
    for (const { id, job } of await listJobs(workflow)) {
      for (const [index, step] of (job.steps ?? []).entries()) {
        const name = step.name ?? step.uses?.replace(/@.*/, '') ?? 'run';
        for (const kind of KINDS) rows.push({ workflow, job: id, number: index + 1, step: name, kind });
      }
    }
  }
  return rows;
}

/** Every grant of every job of all workflows, without it and, where it lets write, with one that only lets read. */
export async function listGrants(): Promise<readonly GrantRow[]> {
  const rows: GrantRow[] = [];
  for (const workflow of ALL_WORKFLOWS) {
    for (const { file, id, job } of await listJobs(workflow)) {
      // Nobody but people depends on it, and its failure is no run's.
      if (job['continue-on-error'] === true) continue;
      for (const [permission, access] of Object.entries(job.permissions ?? {})) {
        // GitHub's deployments show people what was done: nothing fails without them.
        if (permission === 'deployments') continue;
        // Without it an edited description runs the checks again, and nothing fails.
        if (workflow === 'pull-request.yml' && id === 'choose' && permission === 'actions') continue;
        const row = { workflow, file, job: id, permission };
        rows.push({ ...row, left: 'nothing' });
        // Of an OIDC token there is nothing to read.
        if (access === 'write' && permission !== 'id-token') rows.push({ ...row, left: 'read' });
      }
    }
  }
  return rows;
}

/** Injects a fault into a step, runs the same workflow again, and checks that Git, GitHub and AWS agree. */
export async function runWithFault(driver: WorkflowDriver, row: StepRow): Promise<StepResult> {
  const { workflow, job, number, kind } = row;
  await driver.prepare(workflow, job);
  const faulty = await driver.run(workflow, { fault: { job, number, kind } });
  const next = await driver.run(workflow);
  const problems = [...(await driver.disagreements(workflow))];
  if (next.conclusion !== 'success') problems.unshift(`the next run: ${String(next.conclusion)}`);
  return { ...row, faulty: String(faulty.conclusion), next: String(next.conclusion), problems };
}

/** Runs a workflow without one of its grants; gives how the job that lacks it ended. */
export async function runWithoutGrant(driver: WorkflowDriver, row: GrantRow): Promise<string> {
  await driver.prepare(row.workflow, row.job);
  const run = await driver.run(row.workflow, { adjust: (file) => withoutGrant(file, row) });
  // Of a matrix one may have nothing to do that takes the grant.
  const results = run.jobs.filter(({ id }) => id === row.job).map((job) => job.result);
  const result = results.find((one) => one !== 'success') ?? results[0] ?? 'skipped';
  // What it left undone is done before the next row.
  await driver.run(row.workflow);
  return result;
}

function withoutGrant(file: WorkflowFile, { file: name, job, permission, left }: GrantRow): WorkflowFile {
  const found = file.workflow.jobs[job];
  if (path.basename(file.path) !== name || found === undefined) return file;
  const others = Object.entries(found.permissions ?? {}).filter(([name]) => name !== permission);
  const permissions = Object.fromEntries(left === 'nothing' ? others : [...others, [permission, left]]);
  const jobs = { ...file.workflow.jobs, [job]: { ...found, permissions } };
  return { ...file, workflow: { ...file.workflow, jobs } };
}
