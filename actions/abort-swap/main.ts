import path from 'node:path';
import { awsClientSettings } from '../lib/adapters/aws/clients.ts';
import { createCloudWatchAlarms } from '../lib/adapters/aws/cloudwatch.ts';
import { readEnvironmentFolder } from '../lib/adapters/checkout/environment-folder.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { createSageMakerEndpoints } from '../lib/adapters/aws/sagemaker.ts';
import { systemClock as clock } from '../lib/adapters/system/system-clock.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { inputs as schema } from './inputs.ts';
import { renderOutputs, renderSummary } from './report.ts';
import { runAbortSwap } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseInputs(schema, runner.input);
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
