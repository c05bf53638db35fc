import path from 'node:path';
import { awsClientSettings } from '../lib/adapters/aws/clients.ts';
import { readEnvironmentFolder } from '../lib/adapters/checkout/environment-folder.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { createSageMakerEndpoints } from '../lib/adapters/aws/sagemaker.ts';
import { createSageMakerInvoker } from '../lib/adapters/aws/sagemaker-runtime.ts';
import { readSmokeFile } from '../lib/adapters/checkout/smoke-cases-file.ts';
import { systemClock as clock } from '../lib/adapters/system/system-clock.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { inputs as schema } from './inputs.ts';
import { failureOf, renderOutputs, renderSummary } from './report.ts';
import { runSmokeTest } from './run.ts';

await runAction(async (runner) => {
  const inputs = parseInputs(schema, runner.input);
  const root = path.resolve(inputs['working-directory']);
  const { environment, releaseFile } = await readEnvironmentFolder(root, inputs.environment);
  const settings = awsClientSettings(environment.region);
  const result = await runSmokeTest(
    inputs,
    { environment, releaseFile, smokeFile: await readSmokeFile(root, environment) },
    {
      endpoints: createSageMakerEndpoints(settings),
      invoker: createSageMakerInvoker(settings, clock),
      clock,
      signal: runner.signal,
    },
  );
  runner.setOutputs(renderOutputs(result));
  await runner.addSummary(renderSummary(result));
  runner.reporter.info(`${result.report.verdict}: ${result.report.reason}`);
  const failure = failureOf(result);
  if (failure !== null) throw failure;
});
