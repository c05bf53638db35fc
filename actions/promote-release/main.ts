import path from 'node:path';
import { readKnownEnvironments } from '../lib/adapters/checkout/known-environments.ts';
import { createGithubClient } from '../lib/adapters/github/client.ts';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { createReleasePullRequests } from '../lib/adapters/github/pull-requests.ts';
import { readReviewSummaries } from '../lib/adapters/github/summaries.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { systemClock as clock } from '../lib/adapters/system/system-clock.ts';
import { createLedger } from '../lib/adapters/wiring/swap-ports.ts';
import { rolesOf } from '../lib/domain/environment/roles.ts';
import { parsePromoteReleaseInputs } from './inputs.ts';
import { renderOutputs, renderSummary } from './report.ts';
import { runPromoteRelease } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parsePromoteReleaseInputs(runner.input);
  const root = path.resolve(inputs.workingDirectory);
  const context = readGithubContext();
  const client = createGithubClient({ ...context, token: inputs.githubToken, reporter, signal });
  const result = await runPromoteRelease(inputs, {
    environments: async () => await readKnownEnvironments(root, (message) => reporter.warning(message)),
    ledgerOf: async (environment) => await createLedger(root, environment, rolesOf(environment).plan),
    pulls: createReleasePullRequests(client, inputs.baseBranch),
    reviews: async () =>
      inputs.reviewDirectory === undefined ? [] : await readReviewSummaries(path.resolve(inputs.reviewDirectory)),
    clock,
    reporter,
    repositoryUrl: context.repositoryUrl,
  });
  if ('reason' in result) reporter.info(`${result.outcome}: ${result.reason}`);
  runner.setOutputs(renderOutputs(result));
  await runner.addSummary(renderSummary(result));
});
