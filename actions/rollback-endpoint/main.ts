import path from 'node:path';
import { readEnvironmentFolder } from '../lib/adapters/environment-folder.ts';
import { runAction } from '../lib/adapters/runner.ts';
import { readSmokeFile } from '../lib/adapters/smoke-cases-file.ts';
import { createSwapPorts } from '../lib/adapters/swap-ports.ts';
import { UserError } from '../lib/domain/errors.ts';
import { failureOf, renderSwapOutputs, renderSwapSummary } from '../lib/domain/swap-report.ts';
import { parseRollbackEndpointInputs } from './inputs.ts';
import { runRollbackEndpoint } from './run.ts';

await runAction(async (runner) => {
  const inputs = parseRollbackEndpointInputs((name) => runner.input(name));
  const root = path.resolve(inputs['working-directory']);
  const { environment, releaseFile } = await readEnvironmentFolder(root, inputs.environment);
  const result = await runRollbackEndpoint(
    inputs,
    { environment, releaseFile, smokeFile: await readSmokeFile(root, environment) },
    {
      ...createSwapPorts(environment.region, inputs),
      reporter: runner.reporter,
      signal: runner.signal,
    },
  );
  runner.setOutputs(renderSwapOutputs(result));
  await runner.addSummary(renderSwapSummary(result));
  const failure = failureOf(result);
  if (failure !== null) throw new UserError(failure);
});
