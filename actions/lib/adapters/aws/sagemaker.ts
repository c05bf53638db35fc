import {
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  SageMakerClient,
  UpdateEndpointCommand,
  type DescribeEndpointOutput,
  type DeploymentConfig,
  type PendingDeploymentSummary,
} from '@aws-sdk/client-sagemaker';
import { digestOf, ENDPOINT_STATUSES, type EndpointView, type Fleet } from '../../domain/endpoint/endpoint.ts';
import { ServiceError } from '../../domain/errors/service-error.ts';
import type { Endpoints } from '../../ports/endpoints.ts';
import type { AwsClientSettings } from './clients.ts';
import { callAws, missingAsUndefined } from './errors.ts';
import { deploymentConfigOf } from './deployment-config.ts';

/** The control plane of SageMaker endpoints. */
export function createSageMakerEndpoints(settings: AwsClientSettings): Endpoints {
  const client = new SageMakerClient({ ...settings });
  return {
    describe: async (name, signal) => {
      const output = await missingAsUndefined(
        callAws(
          'DescribeEndpoint',
          `endpoint ${name}`,
          async () =>
            await client.send(new DescribeEndpointCommand({ EndpointName: name }), signal && { abortSignal: signal }),
        ),
      );
      return output && endpointView(name, output);
    },
    update: async (update) => {
      await callAws(
        'UpdateEndpoint',
        `endpoint ${update.endpointName} to ${update.configName}`,
        async () =>
          await client.send(
            new UpdateEndpointCommand({
              EndpointName: update.endpointName,
              EndpointConfigName: update.configName,
              DeploymentConfig: deploymentConfigOf(update),
              RetainAllVariantProperties: update.retainInstanceCounts,
            }),
          ),
      );
    },
    describeConfig: async (name) => {
      const output = await missingAsUndefined(
        callAws(
          'DescribeEndpointConfig',
          `endpoint config ${name}`,
          async () => await client.send(new DescribeEndpointConfigCommand({ EndpointConfigName: name })),
        ),
      );
      return (
        output && {
          name,
          variants: (output.ProductionVariants ?? []).map((variant) => ({
            name: variant.VariantName ?? '',
            modelName: variant.ModelName ?? '',
            instanceType: variant.InstanceType,
            instanceCount: variant.InitialInstanceCount ?? 0,
          })),
          shadowVariants: (output.ShadowProductionVariants ?? []).map(({ VariantName = '' }) => VariantName),
        }
      );
    },
    describeModel: async (name) => {
      const output = await missingAsUndefined(
        callAws(
          'DescribeModel',
          `model ${name}`,
          async () => await client.send(new DescribeModelCommand({ ModelName: name })),
        ),
      );
      const container = output?.PrimaryContainer ?? output?.Containers?.[0];
      return output && { name, image: container?.Image ?? '', releaseId: container?.Environment?.['RELEASE_ID'] };
    },
  };
}

/**
 * The domain's view of what DescribeEndpoint answered.
 *
 * @throws ServiceError for an answer without a status that is known.
 */
function endpointView(name: string, output: DescribeEndpointOutput): EndpointView {
  const status = ENDPOINT_STATUSES.find((known) => known === output.EndpointStatus);
  if (status === undefined) {
    throw new ServiceError({
      kind: 'unavailable',
      operation: 'DescribeEndpoint',
      resource: `endpoint ${name}`,
      message: `an unknown status: ${output.EndpointStatus ?? 'none'}`,
    });
  }
  const configName = output.EndpointConfigName ?? '';
  const summary = output.PendingDeploymentSummary;
  return {
    name,
    status,
    configName,
    serving: fleet(configName, output),
    pending: summary === undefined ? null : fleet(summary.EndpointConfigName ?? '', summary),
    alarmNames: alarmsOf(output.LastDeploymentConfig),
    failureReason: output.FailureReason,
    lastModifiedAt: output.LastModifiedTime?.getTime() ?? 0,
  };
}

function alarmsOf(config: DeploymentConfig | undefined): readonly string[] | undefined {
  const alarms = config && (config.AutoRollbackConfiguration?.Alarms ?? []);
  return alarms?.flatMap(({ AlarmName }) => AlarmName ?? []);
}

type Described = Pick<
  DescribeEndpointOutput | PendingDeploymentSummary,
  'ProductionVariants' | 'ShadowProductionVariants'
>;

function fleet(configName: string, { ProductionVariants = [], ShadowProductionVariants = [] }: Described): Fleet {
  const [variant, ...others] = ProductionVariants;
  const digests = (variant?.DeployedImages ?? []).map((image) =>
    digestOf(image.ResolvedImage ?? image.SpecifiedImage ?? ''),
  );
  return {
    configName,
    variantName: variant?.VariantName ?? '',
    otherVariants: [
      ...others.map(({ VariantName = '' }) => ({ kind: 'production' as const, name: VariantName })),
      ...ShadowProductionVariants.map(({ VariantName = '' }) => ({ kind: 'shadow' as const, name: VariantName })),
    ],
    imageDigests: digests.filter((digest) => digest !== undefined),
    currentInstances: variant?.CurrentInstanceCount ?? 0,
    desiredInstances: variant?.DesiredInstanceCount ?? variant?.CurrentInstanceCount ?? 0,
    instanceType: variant !== undefined && 'InstanceType' in variant ? variant.InstanceType : undefined,
    stages: (variant?.VariantStatus ?? []).map((stage) => ({
      status: stage.Status ?? '',
      message: stage.StatusMessage ?? '',
    })),
  };
}
