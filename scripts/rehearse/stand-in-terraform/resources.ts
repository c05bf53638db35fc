import type { Environment } from '../../../actions/lib/domain/environment/environment.ts';
import { ABORT_METRIC, alarmName } from '../../../actions/lib/domain/environment/alarms.ts';
import { endpointConfigName, endpointName, VARIANT_NAME } from '../../../actions/lib/domain/environment/names.ts';
import type { ReleaseFile } from '../../../actions/lib/domain/release/release.ts';
import { partitionOf } from '../../../actions/lib/domain/environment/regions.ts';

/** A resource with the attributes that the AWS provider gives it, as far as they matter here. */
export interface Resource {
  readonly type: ResourceType;
  readonly name: string;
  readonly index: string | number;
  readonly values: Readonly<Record<string, unknown>>;
}

type ResourceType =
  | 'aws_sagemaker_model'
  | 'aws_sagemaker_endpoint_configuration'
  | 'aws_cloudwatch_metric_alarm'
  | 'aws_sagemaker_endpoint';

const MODULE = 'module.inference_endpoint';

/** The address of a resource, as the module of an environment has it. */
export function addressOf({ type, name, index }: Pick<Resource, 'type' | 'name' | 'index'>): string {
  return `${MODULE}.${type}.${name}[${JSON.stringify(index)}]`;
}

/** The SageMaker and CloudWatch part of what the module `inference-endpoint` declares for an environment, in the order of creation. */
export function declaredResources(environment: Environment, releaseFile: ReleaseFile): readonly Resource[] {
  const releases = Object.entries(releaseFile.releases);
  return [
    ...releases.map(([id, release]): Resource => {
      const { image, model, environment: variables } = release.spec;
      const source = model === null ? [] : [{ s3_data_source: [{ s3_uri: model.uri, s3_data_type: 'S3Prefix' }] }];
      return {
        type: 'aws_sagemaker_model',
        name: 'release',
        index: id,
        values: {
          name: endpointConfigName(environment, id),
          execution_role_arn: `arn:${partitionOf(environment.region)}:iam::${environment.account}:role/${endpointName(environment)}-execution`,
          enable_network_isolation: (release.spec.settings ?? environment).networkIsolation,
          primary_container: [{ image, environment: { ...variables, RELEASE_ID: id }, model_data_source: source }],
          tags: { Release: id, Commit: release.source.commit },
        },
      };
    }),
    ...releases.map(([id, release]): Resource => {
      const { instanceType, instanceCount, startupTimeoutSeconds } = release.spec;
      const name = endpointConfigName(environment, id);
      const variant = {
        variant_name: VARIANT_NAME,
        model_name: name,
        instance_type: instanceType,
        initial_instance_count: instanceCount,
        initial_variant_weight: 1,
        container_startup_health_check_timeout_in_seconds: startupTimeoutSeconds,
      };
      return {
        type: 'aws_sagemaker_endpoint_configuration',
        name: 'release',
        index: id,
        values: {
          name,
          kms_key_arn: (release.spec.settings ?? environment).kmsKeyArn,
          production_variants: [variant],
          tags: { Release: id, Commit: release.source.commit },
        },
      };
    }),
    ...releases.flatMap(([id]) => alarmsOf(environment, id)),
    ...(releaseFile.live === null
      ? []
      : [
          {
            type: 'aws_sagemaker_endpoint' as const,
            name: 'this',
            index: 0,
            values: {
              name: endpointName(environment),
              endpoint_config_name: endpointConfigName(environment, releaseFile.live),
            },
          },
        ]),
  ];
}

function alarmsOf(environment: Environment, id: string): readonly Resource[] {
  const { serverErrors, clientErrors, latencyP99 } = environment.alarms;
  const fleet = {
    EndpointName: endpointName(environment),
    EndpointConfigName: endpointConfigName(environment, id),
  };
  const dimensions = { ...fleet, VariantName: VARIANT_NAME };
  const alarm = (name: string, values: Readonly<Record<string, unknown>>): Resource => ({
    type: 'aws_cloudwatch_metric_alarm',
    name,
    index: id,
    values: { treat_missing_data: 'notBreaching', ...values },
  });
  const errors = (
    kind: '5xx' | '4xx',
    name: string,
    settings: NonNullable<Environment['alarms']['serverErrors']>,
  ): Resource =>
    alarm(name, {
      alarm_name: alarmName(environment, id, kind),
      namespace: 'AWS/SageMaker',
      metric_name: kind === '5xx' ? 'Invocation5XXErrors' : 'Invocation4XXErrors',
      dimensions,
      statistic: 'Sum',
      comparison_operator: 'GreaterThanOrEqualToThreshold',
      threshold: settings.threshold,
      period: settings.periodSeconds,
      evaluation_periods: settings.evaluationPeriods,
      ...(settings.datapointsToAlarm === undefined ? {} : { datapoints_to_alarm: settings.datapointsToAlarm }),
    });
  return [
    ...(serverErrors === null ? [] : [errors('5xx', 'server_errors', serverErrors)]),
    ...(clientErrors === null ? [] : [errors('4xx', 'client_errors', clientErrors)]),
    ...(latencyP99 === null
      ? []
      : [
          alarm('latency_p99', {
            alarm_name: alarmName(environment, id, 'latency-p99'),
            namespace: 'AWS/SageMaker',
            metric_name: 'ModelLatency',
            dimensions,
            extended_statistic: 'p99',
            comparison_operator: 'GreaterThanThreshold',
            // CloudWatch has ModelLatency in microseconds.
            threshold: latencyP99.thresholdMilliseconds * 1000,
            period: latencyP99.periodSeconds,
            evaluation_periods: latencyP99.evaluationPeriods,
            ...(latencyP99.datapointsToAlarm === undefined
              ? {}
              : { datapoints_to_alarm: latencyP99.datapointsToAlarm }),
          }),
        ]),
    alarm('abort', {
      alarm_name: alarmName(environment, id, 'abort'),
      namespace: ABORT_METRIC.namespace,
      metric_name: ABORT_METRIC.name,
      dimensions: fleet,
      statistic: 'Sum',
      comparison_operator: 'GreaterThanOrEqualToThreshold',
      threshold: 1,
      period: 10,
      evaluation_periods: 1,
    }),
  ];
}
