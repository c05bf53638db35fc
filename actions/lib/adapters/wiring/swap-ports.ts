import type { Alarms } from '../../ports/alarms.ts';
import type { Autoscaling } from '../../ports/autoscaling.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Endpoints } from '../../ports/endpoints.ts';
import type { Invoker } from '../../ports/invoker.ts';
import type { Ledger } from '../../ports/ledger.ts';
import type { Registry } from '../../ports/registry.ts';
import type { Reporter } from '../../ports/reporter.ts';
import { createApplicationAutoscaling } from '../aws/autoscaling.ts';
import { awsClientSettings } from '../aws/clients.ts';
import { createCloudWatchAlarms } from '../aws/cloudwatch.ts';
import { createEcrRegistry } from '../aws/ecr.ts';
import { createGithubClient } from '../github/client.ts';
import { readGithubContext } from '../github/context.ts';
import { createGithubLedger } from '../github/deployments.ts';
import { createSageMakerInvoker } from '../aws/sagemaker-runtime.ts';
import { createSageMakerEndpoints } from '../aws/sagemaker.ts';
import { systemClock } from '../system/system-clock.ts';

/** What a swap needs of the world. */
export interface SwapWorld {
  readonly endpoints: Endpoints;
  readonly invoker: Invoker;
  readonly registry: Registry;
  readonly alarms: Alarms;
  readonly autoscaling: Autoscaling;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * AWS in a region and the GitHub repository of the run, for the actions that swap.
 *
 * @throws UserError outside a workflow run.
 */
export function createSwapPorts(
  region: string,
  access: { readonly 'github-token': string; readonly 'role-arn': string | undefined },
  reporter: Reporter,
): SwapWorld {
  const settings = awsClientSettings(region, access['role-arn']);
  const context = readGithubContext();
  return {
    endpoints: createSageMakerEndpoints(settings),
    invoker: createSageMakerInvoker(settings, systemClock),
    registry: createEcrRegistry(settings),
    alarms: createCloudWatchAlarms(settings),
    autoscaling: createApplicationAutoscaling(settings),
    // Without a signal: a cancelled run still records where the swap is.
    ledger: createGithubLedger(createGithubClient({ ...context, token: access['github-token'], reporter }), {
      ...context,
      region,
    }),
    clock: systemClock,
    random: Math.random,
  };
}
