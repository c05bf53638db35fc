import { createWorkflowJobs } from '../lib/adapters/github/workflow-jobs.ts';
import { createGithubClient } from '../lib/adapters/github/client.ts';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { inputs as schema } from './inputs.ts';
import { renderOutputs } from './report.ts';
import { runPassedChecks } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseInputs(schema, runner.input);
  const client = createGithubClient({ ...readGithubContext(), token: inputs['github-token'], reporter, signal });
  const workflows = createWorkflowJobs(client);
  runner.setOutputs(renderOutputs(await runPassedChecks(inputs, { workflows, reporter })));
});
