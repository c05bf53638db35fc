import { createPlanComments } from '../lib/adapters/github/comments.ts';
import { createGithubClient } from '../lib/adapters/github/client.ts';
import { createPlanAcceptances } from '../lib/adapters/github/plan-acceptances.ts';
import { createPlanRuns } from '../lib/adapters/github/plan-runs.ts';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { readPlanSummaries, readReviewSummaries } from '../lib/adapters/github/summaries.ts';
import { systemClock } from '../lib/adapters/system/system-clock.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { readEnvironmentSources } from '../lib/adapters/terraform/plan-sources.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { inputs as schema } from './inputs.ts';
import { renderOutputs, failureOf } from './report.ts';
import { runPlanComment } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseInputs(schema, runner.input);
  const context = readGithubContext();
  const client = createGithubClient({ ...context, token: inputs['github-token'], reporter, signal });
  const isBaseMove = inputs.mode === 'void' && inputs['pull-request'] === undefined;
  const result = await runPlanComment(
    inputs,
    {
      summaries: inputs.mode === 'render' ? await readPlanSummaries(inputs['summaries-directory']) : [],
      reviews: inputs.mode === 'render' ? await readReviewSummaries(inputs['reviews-directory']) : [],
      sources: isBaseMove ? await readEnvironmentSources(process.cwd()) : [],
      run: context.run,
      links: context,
    },
    {
      comments: createPlanComments(client),
      acceptances: createPlanAcceptances(client, inputs.workflow),
      runs: createPlanRuns(client, inputs.workflow),
      clock: systemClock,
      reporter,
    },
  );
  runner.setOutputs(renderOutputs(result));
  if (result.summary !== '') await runner.addSummary(result.summary);
  const failure = failureOf(result);
  if (failure !== undefined) throw failure;
});
