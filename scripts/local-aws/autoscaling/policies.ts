import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Handlers } from '../core/service.ts';
import type {
  Operations,
  PutScalingPolicyRequest,
  ScalingPolicy,
} from '../api-models/application-autoscaling.types.ts';
import type { AlarmStore } from '../cloudwatch/alarm-store.ts';
import { validationException } from '../wire/aws-error.ts';
import { paginate } from '../wire/paginate.ts';
import {
  childKey,
  newChildArn,
  notFound,
  requireTarget,
  targetKey,
  type TargetIdentity,
  type TargetStore,
} from './target-store.ts';

/** The Application Auto Scaling operations on scaling policies. Policies are kept with their alarms; nothing scales by them. */
export function policyHandlers(
  store: TargetStore,
  alarms: AlarmStore,
  now: () => Date,
): Pick<Handlers<Operations>, 'DeleteScalingPolicy' | 'DescribeScalingPolicies' | 'PutScalingPolicy'> {
  return {
    PutScalingPolicy(input) {
      requireTarget(store, input);
      const before = store.policies.get(childKey(input, input.PolicyName));
      const PolicyType = input.PolicyType ?? before?.PolicyType ?? 'StepScaling';
      const configurations = {
        StepScaling: input.StepScalingPolicyConfiguration,
        TargetTrackingScaling: input.TargetTrackingScalingPolicyConfiguration,
        PredictiveScaling: input.PredictiveScalingPolicyConfiguration,
      };
      if (configurations[PolicyType] === undefined) {
        throw validationException(`A policy of type ${PolicyType} must have a ${PolicyType}PolicyConfiguration.`);
      }
      checkTracking(store, input);
      deleteAlarms(alarms, before);
      const { TargetValue } = configurations.TargetTrackingScaling ?? {};
      const Alarms = TargetValue === undefined ? [] : putTrackingAlarms(alarms, input, TargetValue);
      const policy: ScalingPolicy = {
        ...input,
        PolicyType,
        PolicyARN: before?.PolicyARN ?? newChildArn(store.place, 'scalingPolicy', input, input.PolicyName),
        CreationTime: before?.CreationTime ?? now(),
        Alarms,
      };
      store.policies.set(childKey(input, input.PolicyName), policy);
      return { PolicyARN: policy.PolicyARN, Alarms };
    },
    DescribeScalingPolicies({ PolicyNames, ServiceNamespace, ResourceId, ScalableDimension, MaxResults, NextToken }) {
      const matching = [...store.policies.values()]
        .filter((policy) => policy.ServiceNamespace === ServiceNamespace)
        .filter(({ PolicyName }) => PolicyNames?.includes(PolicyName) ?? true)
        .filter((policy) => ResourceId === undefined || policy.ResourceId === ResourceId)
        .filter((policy) => ScalableDimension === undefined || policy.ScalableDimension === ScalableDimension);
      const page = paginate(matching, MaxResults ?? 10, NextToken);
      return { ScalingPolicies: page.items, NextToken: page.nextToken };
    },
    DeleteScalingPolicy(input) {
      const key = childKey(input, input.PolicyName);
      const policy = store.policies.get(key);
      if (policy === undefined) throw notFound('scaling policy', input, input.PolicyName);
      store.policies.delete(key);
      deleteAlarms(alarms, policy);
      return {};
    },
  };
}

// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PredefinedMetricSpecification.html
const VARIANT_METRICS: readonly string[] = [
  'SageMakerVariantInvocationsPerInstance',
  'SageMakerVariantConcurrentRequestsPerModelHighResolution',
];

/**
 * @throws AwsError ValidationException for target tracking without one metric of SageMaker, or of one that another policy of
 *   the target follows.
 * @see https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html
 */
function checkTracking(store: TargetStore, input: PutScalingPolicyRequest): void {
  const tracking = input.TargetTrackingScalingPolicyConfiguration;
  if (tracking === undefined) return;
  const { PredefinedMetricSpecification: predefined, CustomizedMetricSpecification: customized } = tracking;
  if ((predefined === undefined) === (customized === undefined)) {
    throw validationException(
      'Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified.',
    );
  }
  if (predefined !== undefined && !VARIANT_METRICS.includes(predefined.PredefinedMetricType)) {
    throw validationException(`${predefined.PredefinedMetricType} is no metric of a SageMaker variant.`);
  }
  if (!(tracking.TargetValue > 0)) throw validationException('TargetValue must be above 0.');
  if ((tracking.ScaleInCooldown ?? 0) < 0 || (tracking.ScaleOutCooldown ?? 0) < 0) {
    throw validationException('A cooldown cannot be negative.');
  }
  const other = [...store.policies.values()].find(
    (policy) =>
      targetKey(policy) === targetKey(input) &&
      policy.PolicyName !== input.PolicyName &&
      isDeepStrictEqual(metricOf(policy), metricOf(input)),
  );
  if (other !== undefined) {
    throw validationException(
      `Only one TargetTrackingScaling policy for a given metric specification is allowed, and ${other.PolicyName} has it.`,
    );
  }
}

function metricOf({ TargetTrackingScalingPolicyConfiguration: tracking }: ScalingPolicy | PutScalingPolicyRequest) {
  return tracking?.PredefinedMetricSpecification ?? tracking?.CustomizedMetricSpecification;
}

/** Deletes the alarms that target tracking brought, but for those that somebody else has deleted. */
function deleteAlarms(alarms: AlarmStore, policy: ScalingPolicy | undefined): void {
  const names = (policy?.Alarms ?? []).map(({ AlarmName }) => AlarmName);
  alarms.delete(names.filter((name) => alarms.findMissing([name]) === undefined));
}

/** Target tracking brings two alarms of its own, above the target and well below it. */
function putTrackingAlarms(alarms: AlarmStore, { ResourceId }: TargetIdentity, target: number) {
  const [, endpoint = '', , variant = ''] = ResourceId.split('/');
  const names = (['AlarmHigh', 'AlarmLow'] as const).map((kind) => {
    const AlarmName = `TargetTracking-${ResourceId}-${kind}-${randomUUID()}`;
    alarms.put({
      AlarmName,
      AlarmDescription: 'DO NOT EDIT OR DELETE. For TargetTrackingScaling policy.',
      Namespace: 'AWS/SageMaker',
      MetricName: 'InvocationsPerInstance',
      Dimensions: [
        { Name: 'EndpointName', Value: endpoint },
        { Name: 'VariantName', Value: variant },
      ],
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: kind === 'AlarmHigh' ? 3 : 15,
      Threshold: kind === 'AlarmHigh' ? target : target * 0.9,
      ComparisonOperator: kind === 'AlarmHigh' ? 'GreaterThanThreshold' : 'LessThanThreshold',
    });
    return AlarmName;
  });
  return alarms
    .list()
    .flatMap(({ AlarmName = '', AlarmArn = '' }) =>
      names.includes(AlarmName) ? [{ AlarmName, AlarmARN: AlarmArn }] : [],
    );
}
