import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { RunRecord } from '@sagemaker-gitops/workflow-runner';
import type { Fixture } from './fixture.ts';
import { UnexpectedOutcome } from './steps.ts';

/** The expected end of a run: every job that was not skipped, by its name. */
export interface ExpectedRun {
  /** File name of the workflow, such as `deploy.yml`. */
  readonly workflow: string;
  readonly conclusion: RunRecord['conclusion'];
  readonly jobs: Readonly<Record<string, RunRecord['conclusion']>>;
}

/**
 * Does something and waits for every run that it starts; gives those runs, oldest first. Runs that found nothing to do are left
 * out: a push to a branch that is not deployed starts some.
 */
export async function runsAfter(fixture: Fixture, act: () => Promise<unknown>): Promise<readonly RunRecord[]> {
  const before = fixture.runner.runs.length;
  await act();
  await fixture.runner.idle();
  fixture.signal.throwIfAborted();
  return fixture.runner.runs.slice(before).filter(({ conclusion }) => conclusion !== 'skipped');
}

/**
 * Asserts the runs and the results of their jobs, in the order of their start.
 *
 * @throws UnexpectedOutcome with what differs and the end of the log of the first job with another result.
 */
export async function expectRuns(runs: readonly RunRecord[], expected: readonly ExpectedRun[]): Promise<void> {
  const found = runs.map(shownRun);
  const wanted = expected.map(({ workflow, conclusion, jobs }) => ({ workflow, conclusion, jobs: sorted(jobs) }));
  if (JSON.stringify(found) === JSON.stringify(wanted)) return;
  const lines = [
    `expected ${wanted.map(words).join(', then ')}`,
    `found ${found.map(words).join(', then ') || 'no run'}`,
  ];
  const [problem] = runs.flatMap((run) =>
    run.jobs
      .filter(
        (job) =>
          expected.find(({ workflow }) => workflow === path.basename(run.workflow))?.jobs[nameOf(job.name)] !==
          job.result,
      )
      .map(({ logFile, name }) => ({ logFile, name })),
  );
  lines.push(...runs.flatMap(({ error }) => (error === undefined ? [] : [error])));
  if (problem !== undefined) lines.push(`${problem.name} (${problem.logFile}):`, await tailOf(problem.logFile));
  throw new UnexpectedOutcome(lines.join('\n'));
}

function shownRun(run: RunRecord): ExpectedRun {
  return {
    workflow: path.basename(run.workflow),
    conclusion: run.conclusion,
    jobs: sorted(Object.fromEntries(run.jobs.map(({ name, result }) => [nameOf(name), result]))),
  };
}

/** An approval's name goes on with what is approved. */
function nameOf(job: string): string {
  return job.replace(/(\bApprove): .*$/, '$1');
}

function sorted(jobs: ExpectedRun['jobs']): ExpectedRun['jobs'] {
  return Object.fromEntries(Object.entries(jobs).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function words({ workflow, conclusion, jobs }: ExpectedRun): string {
  const each = Object.entries(jobs).map(([name, result]) => `${name}: ${result ?? 'nothing'}`);
  return `${workflow} ${conclusion ?? 'without an end'} (${each.join('; ')})`;
}

async function tailOf(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '(no log)');
  return text.trim().split('\n').slice(-30).join('\n');
}
