import type {
  DescribeEndpointConfigOutput,
  DescribeEndpointOutput,
  PendingProductionVariantSummary,
  ProductionVariantSummary,
} from '../api-models/sagemaker.types.ts';
import type { Fleet, FleetVariant } from './fleet.ts';
import type { Endpoint } from './state.ts';

/** DescribeEndpoint's answer: blue as the endpoint itself, green as PendingDeploymentSummary. */
export function describeEndpoint(
  endpoint: Endpoint,
  config: DescribeEndpointConfigOutput | undefined,
): DescribeEndpointOutput {
  const isMoving =
    endpoint.status === 'Creating' || endpoint.status === 'Updating' || endpoint.status === 'RollingBack';
  const pending = isMoving ? endpoint.pending : undefined;
  const capture = config?.DataCaptureConfig;
  return {
    EndpointName: endpoint.name,
    EndpointArn: endpoint.arn,
    EndpointConfigName: endpoint.configName,
    EndpointStatus: endpoint.status,
    CreationTime: endpoint.createdAt,
    LastModifiedTime: endpoint.modifiedAt,
    FailureReason: endpoint.failureReason?.slice(0, 1024),
    ProductionVariants: endpoint.serving === undefined ? undefined : summarizeFleet(endpoint.serving),
    ShadowProductionVariants: config?.ShadowProductionVariants?.map(({ VariantName, InitialInstanceCount = 1 }) => ({
      ...{ VariantName, CurrentInstanceCount: InitialInstanceCount, DesiredInstanceCount: InitialInstanceCount },
    })),
    LastDeploymentConfig: endpoint.lastDeploymentConfig,
    DataCaptureConfig: capture && {
      EnableCapture: capture.EnableCapture ?? true,
      CaptureStatus: capture.EnableCapture === false ? 'Stopped' : 'Started',
      CurrentSamplingPercentage: capture.InitialSamplingPercentage,
      DestinationS3Uri: capture.DestinationS3Uri,
      KmsKeyId: capture.KmsKeyId ?? '',
    },
    PendingDeploymentSummary: pending && {
      EndpointConfigName: pending.fleet.configName,
      StartTime: pending.startedAt,
      ProductionVariants: pending.fleet.variants.map((variant): PendingProductionVariantSummary => ({
        ...summarizeVariant(variant),
        InstanceType: variant.settings.InstanceType,
      })),
    },
  };
}

const summarizeFleet = (fleet: Fleet): ProductionVariantSummary[] => fleet.variants.map(summarizeVariant);

const summarizeVariant = (variant: FleetVariant) => ({
  VariantName: variant.name,
  DeployedImages: variant.image === undefined ? undefined : [variant.image],
  CurrentWeight: variant.currentWeight,
  DesiredWeight: variant.desiredWeight,
  CurrentInstanceCount: variant.instances.length,
  DesiredInstanceCount: variant.desiredInstanceCount,
  VariantStatus: variant.status === undefined ? undefined : [variant.status],
  RoutingConfig: variant.settings.RoutingConfig,
});
