import { createPlanComments } from '../lib/adapters/github/comments.ts';
import { readPlanRun } from '../lib/adapters/github/workflow-run.ts';
import { readPlanSummaries } from '../lib/adapters/github/plan-summaries.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { systemClock as clock } from '../lib/adapters/system/system-clock.ts';
import { parsePlanCommentInputs } from './inputs.ts';
import { renderPlanCommentOutputs, runPlanComment, unacceptedFailure } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parsePlanCommentInputs((name) => runner.input(name));
  const { repository, repositoryUrl, apiUrl, id, attempt } = readPlanRun();
  const result = await runPlanComment(
    inputs,
    {
      summaries: inputs.mode === 'render' ? await readPlanSummaries(inputs['summaries-directory']) : [],
      run: { id, attempt },
      links: { repositoryUrl },
    },
    {
      comments: createPlanComments({
        token: inputs['github-token'],
        apiUrl,
        repository,
        clock,
        random: Math.random,
        signal,
      }),
      reporter,
    },
  );
  runner.setOutputs(renderPlanCommentOutputs(result));
  if (result.summary !== '') await runner.addSummary(result.summary);
  const failure = unacceptedFailure(result);
  if (failure !== undefined) throw failure;
});
