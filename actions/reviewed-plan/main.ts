import path from 'node:path';
import { createPlanReviews } from '../lib/adapters/github/plan-reviews.ts';
import { createGithubClient } from '../lib/adapters/github/client.ts';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { createPlanSources } from '../lib/adapters/terraform/plan-sources.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { parseReviewedPlanInputs } from './inputs.ts';
import { renderReviewedPlanOutputs, runReviewedPlan } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseReviewedPlanInputs((name) => runner.input(name));
  const client = createGithubClient({ ...readGithubContext(), token: inputs['github-token'], reporter, signal });
  const reviews = createPlanReviews(client);
  const sources = createPlanSources(path.resolve(inputs['working-directory']));
  runner.setOutputs(renderReviewedPlanOutputs(await runReviewedPlan(inputs, { reviews, sources, reporter })));
});
