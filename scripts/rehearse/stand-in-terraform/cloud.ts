import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DescribeEndpointCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  SageMakerClient,
  type ContainerDefinition,
  type CreateEndpointConfigCommandInput,
} from '@aws-sdk/client-sagemaker';
import type { Resource } from './resources.ts';

/** What there is and can be made, through the AWS API; address and credentials come from the environment. */
export interface Cloud {
  /** The resource as it is now, or undefined where it is not. */
  read(resource: Resource): Promise<Resource | undefined>;
  create(resource: Resource): Promise<void>;
  /** Alarms alone: everything else is never changed in place. */
  update(resource: Resource): Promise<void>;
  remove(resource: Resource): Promise<void>;
}

/** The cloud of a region. It asks as the AWS provider does, thing by thing: a role may not list what others have. */
export function openCloud(region: string): Cloud {
  const sagemaker = new SageMakerClient({ region });
  const cloudwatch = new CloudWatchClient({ region });
  const put = async (resource: Resource): Promise<void> => {
    await cloudwatch.send(new PutMetricAlarmCommand(alarmInput(resource)));
  };
  return {
    read: async (resource) => {
      const name = nameOf(resource);
      switch (resource.type) {
        case 'aws_sagemaker_model':
          return await orNothing(async () => {
            await sagemaker.send(new DescribeModelCommand({ ModelName: name }));
            return resource;
          });
        case 'aws_sagemaker_endpoint_configuration':
          return await orNothing(async () => {
            await sagemaker.send(new DescribeEndpointConfigCommand({ EndpointConfigName: name }));
            return resource;
          });
        case 'aws_cloudwatch_metric_alarm': {
          const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
          const [alarm] = MetricAlarms;
          if (alarm === undefined) return undefined;
          const { Threshold: threshold, Period: period, EvaluationPeriods: evaluation_periods } = alarm;
          const { DatapointsToAlarm: datapoints_to_alarm } = alarm;
          const optional = datapoints_to_alarm === undefined ? {} : { datapoints_to_alarm };
          const found = { threshold, period, evaluation_periods, ...optional };
          return { ...resource, values: { ...resource.values, ...found } };
        }
        case 'aws_sagemaker_endpoint':
          return await orNothing(async () => {
            const { EndpointConfigName } = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: name }));
            return { ...resource, values: { ...resource.values, endpoint_config_name: EndpointConfigName } };
          });
      }
    },
    create: async (resource) => {
      const { values } = resource;
      const name = nameOf(resource);
      switch (resource.type) {
        case 'aws_sagemaker_model':
          await sagemaker.send(
            new CreateModelCommand({
              ModelName: name,
              ExecutionRoleArn: String(values['execution_role_arn']),
              PrimaryContainer: containerOf(values['primary_container'] as readonly [Container]),
              EnableNetworkIsolation: values['enable_network_isolation'] === true,
            }),
          );
          return;
        case 'aws_sagemaker_endpoint_configuration':
          await sagemaker.send(
            new CreateEndpointConfigCommand({
              EndpointConfigName: name,
              ProductionVariants: variantsOf(values['production_variants'] as readonly Variant[]),
            }),
          );
          return;
        case 'aws_cloudwatch_metric_alarm':
          await put(resource);
          return;
        case 'aws_sagemaker_endpoint':
          await sagemaker.send(
            new CreateEndpointCommand({
              EndpointName: name,
              EndpointConfigName: String(values['endpoint_config_name']),
            }),
          );
          await waitInService(sagemaker, name);
      }
    },
    update: put,
    remove: async (resource) => {
      const name = nameOf(resource);
      switch (resource.type) {
        case 'aws_sagemaker_model':
          await sagemaker.send(new DeleteModelCommand({ ModelName: name }));
          return;
        case 'aws_sagemaker_endpoint_configuration':
          await sagemaker.send(new DeleteEndpointConfigCommand({ EndpointConfigName: name }));
          return;
        case 'aws_cloudwatch_metric_alarm':
          await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [name] }));
          return;
        case 'aws_sagemaker_endpoint':
          throw new Error(`Instance cannot be destroyed: ${name} has lifecycle.prevent_destroy set`);
      }
    },
  };
}

// SageMaker has no error of its own for what is not there.
async function orNothing(read: () => Promise<Resource>): Promise<Resource | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('Could not find ')) return undefined;
    throw error;
  }
}

function nameOf({ values }: Resource): string {
  return String(values['name'] ?? values['alarm_name']);
}

interface Container {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly model_data_source: readonly { readonly s3_data_source: readonly [{ readonly s3_uri: string }] }[];
}

function containerOf([container]: readonly [Container]): ContainerDefinition {
  const uri = container.model_data_source[0]?.s3_data_source[0].s3_uri;
  return {
    Image: container.image,
    Environment: { ...container.environment },
    ...(uri === undefined
      ? {}
      : { ModelDataSource: { S3DataSource: { S3Uri: uri, S3DataType: 'S3Prefix', CompressionType: 'None' } } }),
  };
}

interface Variant {
  readonly variant_name: string;
  readonly model_name: string;
  readonly instance_type: string;
  readonly initial_instance_count: number;
  readonly initial_variant_weight: number;
  readonly container_startup_health_check_timeout_in_seconds: number;
}

function variantsOf(variants: readonly Variant[]): CreateEndpointConfigCommandInput['ProductionVariants'] {
  return variants.map((variant) => ({
    VariantName: variant.variant_name,
    ModelName: variant.model_name,
    // The SDK lists the types that it knew when it was made; SageMaker decides which there are.
    InstanceType: variant.instance_type as 'ml.m5.large',
    InitialInstanceCount: variant.initial_instance_count,
    InitialVariantWeight: variant.initial_variant_weight,
    ContainerStartupHealthCheckTimeoutInSeconds: variant.container_startup_health_check_timeout_in_seconds,
  }));
}

/** `threshold` and `alarm_name` are `Threshold` and `AlarmName` in the API, and so on. */
function alarmInput({ values }: Resource): PutMetricAlarmCommandInput {
  const { dimensions, ...others } = values;
  const input = Object.fromEntries(
    Object.entries(others).map(([key, value]) => [
      key.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
  const Dimensions = Object.entries(dimensions as Readonly<Record<string, string>>).map(([Name, Value]) => ({
    Name,
    Value,
  }));
  return { ...input, Dimensions } as unknown as PutMetricAlarmCommandInput;
}

async function waitInService(sagemaker: SageMakerClient, name: string): Promise<void> {
  for (;;) {
    const { EndpointStatus, FailureReason } = await sagemaker.send(new DescribeEndpointCommand({ EndpointName: name }));
    if (EndpointStatus === 'InService') return;
    if (EndpointStatus !== 'Creating') throw new Error(`${name} is ${String(EndpointStatus)}: ${FailureReason ?? ''}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
