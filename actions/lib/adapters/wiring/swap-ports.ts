import { createApplicationAutoscaling } from '../aws/autoscaling.ts';
import { awsClientSettings } from '../aws/clients.ts';
import { createCloudWatchAlarms } from '../aws/cloudwatch.ts';
import { createEcrRegistry } from '../aws/ecr.ts';
import { createSageMakerInvoker } from '../aws/sagemaker-runtime.ts';
import { createSageMakerEndpoints } from '../aws/sagemaker.ts';
import { createGithubClient } from '../github/client.ts';
import { readGithubContext } from '../github/context.ts';
import { createGithubLedger } from '../github/deployments.ts';
import type { Runner } from '../runner/runner.ts';
import { systemClock } from '../system/system-clock.ts';

/**
 * AWS in a region, the deployments of the run's repository, and the runner, for the actions that swap.
 *
 * @throws UserError outside a workflow run.
 */
export function createSwapPorts(
  region: string,
  inputs: { readonly 'github-token': string; readonly 'role-arn': string | undefined },
  { reporter, signal }: Pick<Runner, 'reporter' | 'signal'>,
) {
  const settings = awsClientSettings(region, inputs['role-arn']);
  const context = readGithubContext();
  // Without the signal: a cancelled run still records where the swap is.
  const github = createGithubClient({ ...context, token: inputs['github-token'], reporter });
  return {
    endpoints: createSageMakerEndpoints(settings),
    invoker: createSageMakerInvoker(settings, systemClock),
    registry: createEcrRegistry(settings),
    alarms: createCloudWatchAlarms(settings),
    autoscaling: createApplicationAutoscaling(settings),
    ledger: createGithubLedger(github, { ...context, region }),
    clock: systemClock,
    random: Math.random,
    reporter,
    signal,
  };
}
