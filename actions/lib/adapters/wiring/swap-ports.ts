import type { Environment } from '../../domain/environment/environment.ts';
import { PROBE_ID_PREFIX } from '../../domain/environment/names.ts';
import { factPlaceOf } from '../../domain/ledger/fact.ts';
import type { Ledger } from '../../ports/ledger.ts';
import { createApplicationAutoscaling } from '../aws/autoscaling.ts';
import { awsClientSettings } from '../aws/clients.ts';
import { createCloudWatchAlarms } from '../aws/cloudwatch.ts';
import { createEcrRegistry } from '../aws/ecr.ts';
import { createFleetMetrics } from '../aws/fleet-metrics.ts';
import { createS3Ledger } from '../aws/s3-ledger.ts';
import { createS3ModelObjects } from '../aws/s3-model-store.ts';
import { createSageMakerInvoker } from '../aws/sagemaker-runtime.ts';
import { createSageMakerEndpoints } from '../aws/sagemaker.ts';
import { readStateBucket } from '../checkout/state-bucket.ts';
import { createGithubClient } from '../github/client.ts';
import { readGithubContext } from '../github/context.ts';
import { createGithubDeployments } from '../github/deployments.ts';
import type { Runner } from '../runner/runner.ts';
import { systemClock } from '../system/system-clock.ts';

/**
 * The ledger of an environment, in the bucket that the bootstrap has made in its account.
 *
 * @param root - Root of the checkout.
 * @param roleArn - Role to assume with the job's OIDC token; undefined uses the credentials that the environment has.
 * @throws UserError outside a workflow run.
 */
export async function createLedger(root: string, environment: Environment, roleArn?: string): Promise<Ledger> {
  const { repositoryId, sha, run, runUrl } = readGithubContext();
  const { bucket, region } = await readStateBucket(root, environment);
  return createS3Ledger(awsClientSettings(region, roleArn), {
    bucket,
    environment,
    origin: {
      ...factPlaceOf(environment, repositoryId),
      commit: sha,
      run: { ...run, url: runUrl },
    },
    clock: systemClock,
  });
}

/**
 * AWS in an environment's region, its ledger, the deployments of the run's repository, and the runner, for the actions that
 * swap.
 *
 * @throws UserError outside a workflow run.
 */
export async function createSwapPorts(
  root: string,
  environment: Environment,
  inputs: { readonly 'github-token': string; readonly 'role-arn': string | undefined },
  { reporter, signal }: Pick<Runner, 'reporter' | 'signal'>,
) {
  const { region } = environment;
  const settings = awsClientSettings(region, inputs['role-arn']);
  const context = readGithubContext();
  // Without the signal: a cancelled run still records where the swap is.
  const github = createGithubClient({ ...context, token: inputs['github-token'], reporter });
  return {
    endpoints: createSageMakerEndpoints(settings),
    invoker: createSageMakerInvoker(settings, systemClock, `${PROBE_ID_PREFIX}${context.run.id}`),
    registry: createEcrRegistry(settings),
    models: createS3ModelObjects(settings),
    alarms: createCloudWatchAlarms(settings),
    metrics: createFleetMetrics(settings),
    autoscaling: createApplicationAutoscaling(settings),
    ledger: await createLedger(root, environment, inputs['role-arn']),
    deployments: createGithubDeployments(github, { ...context, region }),
    clock: systemClock,
    random: Math.random,
    reporter,
    signal,
  };
}
