import { createWorkflowJobs } from '../lib/adapters/github/workflow-jobs.ts';
import { createGithubClient } from '../lib/adapters/github/client.ts';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { parsePassedChecksInputs } from './inputs.ts';
import { renderPassedChecksOutputs, runPassedChecks } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parsePassedChecksInputs((name) => runner.input(name));
  const client = createGithubClient({ ...readGithubContext(), token: inputs['github-token'], reporter, signal });
  const workflows = createWorkflowJobs(client);
  runner.setOutputs(renderPassedChecksOutputs(await runPassedChecks(inputs, { workflows, reporter })));
});
