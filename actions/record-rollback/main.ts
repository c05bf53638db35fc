import { readGithubContext } from '../lib/adapters/github-context.ts';
import { createReleasePullRequests, readRepositoryName } from '../lib/adapters/github-pull-requests.ts';
import { runAction } from '../lib/adapters/runner.ts';
import { systemClock as clock } from '../lib/adapters/system-clock.ts';
import { parseRecordRollbackInputs } from './inputs.ts';
import { renderOutputs, runRecordRollback } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseRecordRollbackInputs((name) => runner.input(name));
  const repository = readRepositoryName();
  const result = await runRecordRollback(inputs, {
    pulls: createReleasePullRequests({
      ...{ token: inputs['github-token'], repository, clock, signal, random: Math.random },
      baseBranch: inputs['base-branch'],
    }),
    reporter,
    repositoryUrl: `${process.env['GITHUB_SERVER_URL'] ?? 'https://github.com'}/${repository}`,
    runUrl: readGithubContext().runUrl,
  });
  runner.setOutputs(renderOutputs(result));
});
