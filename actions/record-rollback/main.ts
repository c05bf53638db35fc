import { readGithubContext } from '../lib/adapters/github/context.ts';
import { createReleasePullRequests } from '../lib/adapters/github/pull-requests.ts';
import { readPlanRun } from '../lib/adapters/github/workflow-run.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { systemClock as clock } from '../lib/adapters/system/system-clock.ts';
import { parseRecordRollbackInputs } from './inputs.ts';
import { renderOutputs, runRecordRollback } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseRecordRollbackInputs((name) => runner.input(name));
  const { repository, repositoryUrl, apiUrl } = readPlanRun();
  const result = await runRecordRollback(inputs, {
    pulls: createReleasePullRequests({
      ...{ token: inputs['github-token'], apiUrl, repository, clock, signal, random: Math.random },
      baseBranch: inputs['base-branch'],
    }),
    reporter,
    repositoryUrl,
    runUrl: readGithubContext().runUrl,
  });
  runner.setOutputs(renderOutputs(result));
});
