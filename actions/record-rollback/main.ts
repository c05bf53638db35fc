import { createGithubClient } from '../lib/adapters/github/client.ts';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { createReleasePullRequests } from '../lib/adapters/github/pull-requests.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { inputs as schema } from './inputs.ts';
import { renderOutputs } from './report.ts';
import { runRecordRollback } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseInputs(schema, runner.input);
  const context = readGithubContext();
  const client = createGithubClient({ ...context, token: inputs['github-token'], reporter, signal });
  const result = await runRecordRollback(inputs, {
    pulls: createReleasePullRequests(client, inputs['base-branch']),
    reporter,
    repositoryUrl: context.repositoryUrl,
    runUrl: context.runUrl,
  });
  runner.setOutputs(renderOutputs(result));
});
