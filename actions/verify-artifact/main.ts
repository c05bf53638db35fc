import path from 'node:path';
import { readEnvironmentFolder } from '../lib/adapters/checkout/environment-folder.ts';
import { readKnownEnvironments } from '../lib/adapters/checkout/known-environments.ts';
import { createAttestations } from '../lib/adapters/github/attestations.ts';
import { createGithubClient } from '../lib/adapters/github/client.ts';
import { readGithubContext } from '../lib/adapters/github/context.ts';
import { createPlanReviews } from '../lib/adapters/github/plan-reviews.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { createTrustRoots } from '../lib/adapters/sigstore/trust-roots.ts';
import { createLedger } from '../lib/adapters/wiring/swap-ports.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { rolesOf } from '../lib/domain/environment/roles.ts';
import { inputs as schema } from './inputs.ts';
import { refusalOf, renderOutputs, renderSummary } from './report.ts';
import { runVerifyArtifact } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseInputs(schema, runner.input);
  const context = readGithubContext();
  const client = createGithubClient({ ...context, token: inputs['github-token'], reporter, signal });
  const root = path.resolve(inputs['working-directory']);
  const verification = await runVerifyArtifact(inputs, {
    environments: async () => await readKnownEnvironments(root, (message) => reporter.warning(message)),
    releaseFileOf: async ({ name }) => (await readEnvironmentFolder(root, name)).releaseFile,
    ledgerOf: async (environment) => await createLedger(root, environment, rolesOf(environment).plan),
    attestations: createAttestations(client, createTrustRoots(new URL(context.repositoryUrl).origin)),
    reviews: createPlanReviews(client),
    repositoryId: context.repositoryId,
  });
  const outputs = renderOutputs(verification);
  reporter.info(`provenance: ${outputs['provenance'] ?? ''}`);
  runner.setOutputs(outputs);
  await runner.addSummary(renderSummary(inputs.environment, verification));
  const refusal = refusalOf(inputs.environment, verification);
  if (refusal !== undefined) throw refusal;
});
