import {
  CloudWatchClient,
  PutMetricAlarmCommand,
  type Dimension,
  type PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
  ListModelsCommand,
  SageMakerClient,
  type ContainerDefinition,
  type ProductionVariantInstanceType,
} from '@aws-sdk/client-sagemaker';
import type { Environment } from '../../../actions/lib/domain/environment.ts';
import {
  ABORT_METRIC,
  alarmName,
  endpointConfigName,
  endpointName,
  VARIANT_NAME,
} from '../../../actions/lib/domain/names.ts';
import type { ReleaseFile, ReleaseId, ReleaseSpec } from '../../../actions/lib/domain/release.ts';

/** An environment as Git declares it, and how to reach the AWS that should have it. */
export interface Declaration {
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
  readonly awsEnvironment: Readonly<Record<string, string>>;
}

/**
 * Creates what the Terraform module `inference-endpoint` declares for the deploy action: a model, an endpoint config and
 * alarms for each release, and the endpoint. For machines without Terraform; what is there already stays as it is.
 */
export async function applyThroughApi({ environment, releaseFile, awsEnvironment }: Declaration): Promise<void> {
  const connection = {
    endpoint: awsEnvironment['AWS_ENDPOINT_URL'] ?? '',
    region: environment.region,
    credentials: {
      accessKeyId: awsEnvironment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: awsEnvironment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  };
  const sagemaker = new SageMakerClient(connection);
  const cloudwatch = new CloudWatchClient(connection);
  const name = endpointName(environment);
  const { Models = [] } = await sagemaker.send(new ListModelsCommand({ NameContains: name }));
  const { EndpointConfigs = [] } = await sagemaker.send(new ListEndpointConfigsCommand({ NameContains: name }));
  for (const [id, { spec }] of Object.entries(releaseFile.releases)) {
    const shared = endpointConfigName(environment, id);
    if (!Models.some((model) => model.ModelName === shared)) {
      await sagemaker.send(
        new CreateModelCommand({
          ModelName: shared,
          ExecutionRoleArn: `arn:aws:iam::${environment.account}:role/${name}-execution`,
          PrimaryContainer: containerOf(id, spec),
          EnableNetworkIsolation: environment.networkIsolation,
        }),
      );
    }
    if (!EndpointConfigs.some((config) => config.EndpointConfigName === shared)) {
      await sagemaker.send(
        new CreateEndpointConfigCommand({
          EndpointConfigName: shared,
          ProductionVariants: [
            {
              VariantName: VARIANT_NAME,
              ModelName: shared,
              // The SDK lists the types that it knew when it was made; SageMaker decides which there are.
              InstanceType: spec.instanceType as ProductionVariantInstanceType,
              InitialInstanceCount: spec.instanceCount,
              InitialVariantWeight: 1,
              ContainerStartupHealthCheckTimeoutInSeconds: spec.startupTimeoutSeconds,
            },
          ],
        }),
      );
    }
    for (const alarm of alarmsOf(environment, id)) await cloudwatch.send(new PutMetricAlarmCommand(alarm));
  }
  const { Endpoints = [] } = await sagemaker.send(new ListEndpointsCommand({ NameContains: name }));
  if (releaseFile.live !== null && !Endpoints.some((endpoint) => endpoint.EndpointName === name)) {
    await sagemaker.send(
      new CreateEndpointCommand({
        EndpointName: name,
        EndpointConfigName: endpointConfigName(environment, releaseFile.live),
      }),
    );
  }
  sagemaker.destroy();
  cloudwatch.destroy();
}

function containerOf(id: ReleaseId, spec: ReleaseSpec): ContainerDefinition {
  const container: ContainerDefinition = { Image: spec.image, Environment: { ...spec.environment, RELEASE_ID: id } };
  if (spec.model !== null) {
    container.ModelDataSource = {
      S3DataSource: { S3Uri: spec.model.uri, S3DataType: 'S3Prefix', CompressionType: 'None' },
    };
  }
  return container;
}

/** The alarms that the module declares for one release. */
export function alarmsOf(environment: Environment, id: ReleaseId): readonly PutMetricAlarmCommandInput[] {
  const fleet: Dimension[] = [
    { Name: 'EndpointName', Value: endpointName(environment) },
    { Name: 'EndpointConfigName', Value: endpointConfigName(environment, id) },
  ];
  const variant: Dimension[] = [...fleet, { Name: 'VariantName', Value: VARIANT_NAME }];
  const shared = { TreatMissingData: 'notBreaching', ActionsEnabled: true } as const;
  const { serverErrors, clientErrors, latencyP99 } = environment.alarms;
  const alarms: PutMetricAlarmCommandInput[] = [];
  for (const [kind, metric, settings] of [
    ['5xx', 'Invocation5XXErrors', serverErrors],
    ['4xx', 'Invocation4XXErrors', clientErrors],
  ] as const) {
    if (settings === null) continue;
    alarms.push({
      ...shared,
      AlarmName: alarmName(environment, id, kind),
      Namespace: 'AWS/SageMaker',
      MetricName: metric,
      Dimensions: variant,
      Statistic: 'Sum',
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Threshold: settings.threshold,
      Period: settings.periodSeconds,
      EvaluationPeriods: settings.evaluationPeriods,
    });
  }
  if (latencyP99 !== null) {
    alarms.push({
      ...shared,
      AlarmName: alarmName(environment, id, 'latency-p99'),
      Namespace: 'AWS/SageMaker',
      MetricName: 'ModelLatency',
      Dimensions: variant,
      ExtendedStatistic: 'p99',
      ComparisonOperator: 'GreaterThanThreshold',
      // CloudWatch has ModelLatency in microseconds.
      Threshold: latencyP99.thresholdMilliseconds * 1000,
      Period: latencyP99.periodSeconds,
      EvaluationPeriods: latencyP99.evaluationPeriods,
    });
  }
  alarms.push({
    ...shared,
    AlarmName: alarmName(environment, id, 'abort'),
    Namespace: ABORT_METRIC.namespace,
    MetricName: ABORT_METRIC.name,
    Dimensions: fleet,
    Statistic: 'Sum',
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    Threshold: 1,
    Period: 60,
    EvaluationPeriods: 1,
  });
  return alarms;
}
