import path from 'node:path';
import { createPlanReviews } from '../lib/adapters/github/plan-reviews.ts';
import { readPlanRun } from '../lib/adapters/github/workflow-run.ts';
import { createPlanSources } from '../lib/adapters/terraform/plan-sources.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { systemClock as clock } from '../lib/adapters/system/system-clock.ts';
import { parseReviewedPlanInputs } from './inputs.ts';
import { renderReviewedPlanOutputs, runReviewedPlan } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseReviewedPlanInputs((name) => runner.input(name));
  const { repository, apiUrl } = readPlanRun();
  const reviews = createPlanReviews({
    token: inputs['github-token'],
    apiUrl,
    repository,
    clock,
    random: Math.random,
    signal,
  });
  const sources = createPlanSources(path.resolve(inputs['working-directory']));
  runner.setOutputs(renderReviewedPlanOutputs(await runReviewedPlan(inputs, { reviews, sources, reporter })));
});
