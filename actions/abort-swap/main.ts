import path from 'node:path';
import { awsClientSettings } from '../lib/adapters/aws/clients.ts';
import { createCloudWatchAlarms } from '../lib/adapters/aws/cloudwatch.ts';
import { readEnvironmentFolder } from '../lib/adapters/checkout/environment-folder.ts';
import { runAction } from '../lib/adapters/runner/runner.ts';
import { createSageMakerEndpoints } from '../lib/adapters/aws/sagemaker.ts';
import { systemClock as clock } from '../lib/adapters/system/system-clock.ts';
import { createLedger } from '../lib/adapters/wiring/swap-ports.ts';
import { parseInputs } from '../lib/domain/action-inputs/parse.ts';
import { inputs as schema } from './inputs.ts';
import { renderLeaves, renderOutputs, renderSummary } from './report.ts';
import { findReleaseToLeave, runAbortSwap } from './run.ts';

await runAction(async (runner) => {
  const { reporter, signal } = runner;
  const inputs = parseInputs(schema, runner.input);
  const root = path.resolve(inputs['working-directory']);
  const { environment } = await readEnvironmentFolder(root, inputs.environment);
  const settings = awsClientSettings(environment.region, inputs['role-arn']);
  const ports = {
    ledger: await createLedger(root, environment, inputs['role-arn']),
    endpoints: createSageMakerEndpoints(settings),
    alarms: createCloudWatchAlarms(settings),
    clock,
    reporter,
    signal,
  };
  const leaves = await findReleaseToLeave(environment, ports);
  reporter.info(`a rollback leaves ${leaves ?? 'no release of this environment'}`);
  // Before the abort, which may fail: a rollback needs it in any case.
  runner.setOutputs(renderLeaves(leaves));
  if (!inputs.abort) {
    runner.setOutputs({ outcome: 'not-asked', aborted: '', serving: '' });
    await runner.addSummary(renderSummary(inputs.environment, leaves, undefined));
    return;
  }
  const result = await runAbortSwap(environment, inputs.release, ports);
  runner.setOutputs(renderOutputs(result));
  await runner.addSummary(renderSummary(inputs.environment, leaves, result));
});
