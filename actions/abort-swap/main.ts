import path from 'node:path';
import { awsClientSettings } from '../lib/adapters/aws/clients.ts';
import { createCloudWatchAlarms } from '../lib/adapters/aws/cloudwatch.ts';
import { readEnvironmentFolder } from '../lib/adapters/checkout/environment-folder.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { createSageMakerEndpoints } from '../lib/adapters/aws/sagemaker.ts';
import { systemClock as clock } from '../lib/adapters/system/system-clock.ts';
import { parseAbortSwapInputs } from './inputs.ts';
import { renderOutputs, renderSummary, runAbortSwap } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseAbortSwapInputs((name) => runner.input(name));
  const { environment } = await readEnvironmentFolder(path.resolve(inputs['working-directory']), inputs.environment);
  const settings = awsClientSettings(environment.region, inputs['role-arn']);
  const result = await runAbortSwap(environment, {
    endpoints: createSageMakerEndpoints(settings),
    alarms: createCloudWatchAlarms(settings),
    clock,
    reporter,
    signal,
  });
  runner.setOutputs(renderOutputs(result));
  await runner.addSummary(renderSummary(inputs.environment, result));
});
