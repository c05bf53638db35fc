import path from 'node:path';
import { createPlanReviews } from '../lib/adapters/github/plan-reviews.ts';
import { createGithubClient } from '../lib/adapters/github/client.ts';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { createPlanSources } from '../lib/adapters/terraform/plan-sources.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { inputs as schema } from './inputs.ts';
import { renderOutputs } from './report.ts';
import { runReviewedPlan } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseInputs(schema, runner.input);
  const client = createGithubClient({ ...readGithubContext(), token: inputs['github-token'], reporter, signal });
  const reviews = createPlanReviews(client);
  const sources = createPlanSources(path.resolve(inputs['working-directory']));
  runner.setOutputs(renderOutputs(await runReviewedPlan(inputs, { reviews, sources, reporter })));
});
