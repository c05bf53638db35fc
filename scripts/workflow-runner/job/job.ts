import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { interpolate, isMet } from '../syntax/expressions.ts';
import {
  contextsOf,
  statusOf,
  type Frame,
  type JobRun,
  type JobState,
  type Outcome,
  type StepResult,
} from './job-state.ts';
import type { Annotation } from './log.ts';
import { attempt, runSteps } from './step.ts';

export type { JobRun, Outcome } from './job-state.ts';

/** The result of a job. */
export interface JobResult {
  readonly result: Outcome;
  readonly outputs: Readonly<Record<string, string>>;
  readonly steps: readonly StepResult[];
  readonly summary: string;
  readonly annotations: readonly Annotation[];
}

/** Runs the steps of a job in order, and then the post steps of its actions. */
export async function runJob(run: JobRun): Promise<JobResult> {
  const workspace = path.join(run.folder, 'workspace');
  await mkdir(workspace, { recursive: true });
  await mkdir(path.join(run.folder, 'temp'), { recursive: true });
  const state: JobState = {
    workspace,
    environment: { ...run.environment },
    exported: {},
    path: [],
    summaries: [],
    annotations: [],
    posts: [],
    scripts: 0,
    failed: false,
  };
  const frame: Frame = { steps: {}, failed: false, composite: undefined };
  const results: StepResult[] = [];
  await runSteps(run, state, frame, run.job.steps ?? [], (result) => {
    results.push(result);
    state.failed ||= result.conclusion === 'failure';
    report(run, results.length, result);
  });
  // The last action to start is the first to clean up.
  for (const post of run.machine.died.aborted ? [] : state.posts.toReversed()) {
    const contexts = contextsOf(run, state, frame);
    if (!isMet(post.condition, contexts, statusOf(run, state))) continue;
    const name = `Post ${post.name}`;
    run.log.write(`--- ${name}`);
    const error = await attempt(async () => await post.run(run.forced));
    const outcome = error === undefined ? 'success' : 'failure';
    results.push({ name, outcome, conclusion: outcome, ...(error === undefined ? {} : { error }) });
    state.failed ||= error !== undefined;
    report(run, results.length, { name, outcome, conclusion: outcome, ...(error === undefined ? {} : { error }) });
  }
  if (run.machine.died.aborted) {
    const message = 'The hosted runner lost communication with the server.';
    const annotations = [...state.annotations, { level: 'error' as const, message }];
    return { result: 'failure', outputs: {}, steps: results, summary: state.summaries.join('\n'), annotations };
  }
  const contexts = contextsOf(run, state, frame);
  const outputs = Object.fromEntries(
    Object.entries(run.job.outputs).flatMap(([name, template]) => {
      const value = interpolate(template, contexts, statusOf(run, state));
      if (!run.log.holdsSecret(value)) return [[name, value]];
      run.log.write(`warning: the output ${name} is left out, since it may hold a secret`);
      return [];
    }),
  );
  const result: Outcome = run.signal.aborted ? 'cancelled' : state.failed ? 'failure' : 'success';
  return { result, outputs, steps: results, summary: state.summaries.join('\n'), annotations: state.annotations };
}

function report(run: JobRun, number: number, { name, outcome, error }: StepResult): void {
  run.log.write(`[${number}] ${name}: ${outcome}${error === undefined ? '' : `: ${error}`}`);
}
