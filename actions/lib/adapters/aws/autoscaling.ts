import {
  ApplicationAutoScalingClient,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  ListTagsForResourceCommand,
  paginateDescribeScalingPolicies,
  paginateDescribeScheduledActions,
  PutScalingPolicyCommand,
  PutScheduledActionCommand,
  RegisterScalableTargetCommand,
  type PolicyType,
  type ScalingPolicy,
  type ScheduledAction,
} from '@aws-sdk/client-application-auto-scaling';
import { z } from 'zod';
import type { ScalingSnapshot } from '../../domain/endpoint/scaling-snapshot.ts';
import type { Autoscaling } from '../../ports/autoscaling.ts';
import type { AwsClientSettings } from './clients.ts';
import { callAws, missingAsUndefined } from './errors.ts';

const VARIANT = { ServiceNamespace: 'sagemaker', ScalableDimension: 'sagemaker:variant:DesiredInstanceCount' } as const;

/** Application Auto Scaling of SageMaker variants. */
export function createApplicationAutoscaling(settings: AwsClientSettings): Autoscaling {
  const client = new ApplicationAutoScalingClient({ ...settings });
  return {
    snapshot: async (resourceId) => {
      const resource = `scalable target ${resourceId}`;
      const { ScalableTargets: [target] = [] } = await callAws(
        'DescribeScalableTargets',
        resource,
        async () => await client.send(new DescribeScalableTargetsCommand({ ...VARIANT, ResourceIds: [resourceId] })),
      );
      if (target === undefined) return undefined;
      const [policies, schedules, tags] = await Promise.all([
        callAws('DescribeScalingPolicies', resource, async () => {
          const all: ScalingPolicy[] = [];
          for await (const page of paginateDescribeScalingPolicies(
            { client },
            { ...VARIANT, ResourceId: resourceId },
          )) {
            all.push(...(page.ScalingPolicies ?? []));
          }
          return all;
        }),
        callAws('DescribeScheduledActions', resource, async () => {
          const all: ScheduledAction[] = [];
          for await (const page of paginateDescribeScheduledActions(
            { client },
            { ...VARIANT, ResourceId: resourceId },
          )) {
            all.push(...(page.ScheduledActions ?? []));
          }
          return all;
        }),
        tagsOf(client, resource, target.ScalableTargetARN),
      ]);
      const suspended = target.SuspendedState;
      return {
        resourceId,
        minInstances: target.MinCapacity ?? 1,
        maxInstances: target.MaxCapacity ?? 1,
        roleArn:
          target.RoleARN === undefined || /:role\/aws-service-role\//.test(target.RoleARN) ? null : target.RoleARN,
        suspended: {
          DynamicScalingInSuspended: suspended?.DynamicScalingInSuspended ?? false,
          DynamicScalingOutSuspended: suspended?.DynamicScalingOutSuspended ?? false,
          ScheduledScalingSuspended: suspended?.ScheduledScalingSuspended ?? false,
        },
        tags,
        policies: policies.map(policySnapshot),
        schedules: schedules.map(scheduleSnapshot),
      };
    },
    deregister: async (resourceId) => {
      // After a lost answer the target is gone, which is the goal.
      await missingAsUndefined(
        callAws(
          'DeregisterScalableTarget',
          `scalable target ${resourceId}`,
          async () => await client.send(new DeregisterScalableTargetCommand({ ...VARIANT, ResourceId: resourceId })),
        ),
      );
    },
    restore: async (snapshot) => await restore(client, snapshot),
  };
}

async function tagsOf(
  client: ApplicationAutoScalingClient,
  resource: string,
  arn: string | undefined,
): Promise<Record<string, string>> {
  if (arn === undefined) return {};
  const { Tags } = await callAws(
    'ListTagsForResource',
    resource,
    async () => await client.send(new ListTagsForResourceCommand({ ResourceARN: arn })),
  );
  return Tags ?? {};
}

function policySnapshot(policy: ScalingPolicy): ScalingSnapshot['policies'][number] {
  return {
    name: policy.PolicyName ?? '',
    type: policy.PolicyType ?? '',
    configuration: z
      .json()
      .parse(
        JSON.parse(
          JSON.stringify(
            policy.TargetTrackingScalingPolicyConfiguration ?? policy.StepScalingPolicyConfiguration ?? {},
          ),
        ),
      ),
  };
}

function scheduleSnapshot(action: ScheduledAction): ScalingSnapshot['schedules'][number] {
  return {
    name: action.ScheduledActionName ?? '',
    expression: action.Schedule ?? '',
    timezone: action.Timezone ?? null,
    startsAt: action.StartTime?.toISOString() ?? null,
    endsAt: action.EndTime?.toISOString() ?? null,
    minInstances: action.ScalableTargetAction?.MinCapacity ?? null,
    maxInstances: action.ScalableTargetAction?.MaxCapacity ?? null,
  };
}

async function restore(client: ApplicationAutoScalingClient, snapshot: ScalingSnapshot): Promise<void> {
  const target = { ...VARIANT, ResourceId: snapshot.resourceId };
  const resource = `scalable target ${snapshot.resourceId}`;
  await callAws(
    'RegisterScalableTarget',
    resource,
    async () =>
      await client.send(
        new RegisterScalableTargetCommand({
          ...target,
          MinCapacity: snapshot.minInstances,
          MaxCapacity: snapshot.maxInstances,
          SuspendedState: snapshot.suspended,
          ...(snapshot.roleArn === null ? {} : { RoleARN: snapshot.roleArn }),
          ...(Object.keys(snapshot.tags).length === 0 ? {} : { Tags: snapshot.tags }),
        }),
      ),
  );
  for (const { name, type, configuration } of snapshot.policies) {
    await callAws(
      'PutScalingPolicy',
      `${resource}, policy ${name}`,
      async () =>
        await client.send(
          new PutScalingPolicyCommand({ ...target, PolicyName: name, ...policyConfiguration(type, configuration) }),
        ),
    );
  }
  for (const schedule of snapshot.schedules) {
    await callAws(
      'PutScheduledAction',
      `${resource}, schedule ${schedule.name}`,
      async () =>
        await client.send(
          new PutScheduledActionCommand({
            ...target,
            ScheduledActionName: schedule.name,
            Schedule: schedule.expression,
            ...(schedule.timezone === null ? {} : { Timezone: schedule.timezone }),
            ...(schedule.startsAt === null ? {} : { StartTime: new Date(schedule.startsAt) }),
            ...(schedule.endsAt === null ? {} : { EndTime: new Date(schedule.endsAt) }),
            ScalableTargetAction: {
              ...(schedule.minInstances === null ? {} : { MinCapacity: schedule.minInstances }),
              ...(schedule.maxInstances === null ? {} : { MaxCapacity: schedule.maxInstances }),
            },
          }),
        ),
    );
  }
}

// What was described goes back unchanged: the snapshot holds the API's own structure.
function policyConfiguration(type: string, configuration: unknown) {
  const PolicyType = type as PolicyType;
  return type === 'TargetTrackingScaling'
    ? { PolicyType, TargetTrackingScalingPolicyConfiguration: configuration as { TargetValue: number } }
    : { PolicyType, StepScalingPolicyConfiguration: configuration as object };
}
