import type { Handlers } from '../core/service.ts';
import type { Operations, ScheduledAction } from '../api-models/application-autoscaling.types.ts';
import type { AlarmStore } from '../cloudwatch/alarm-store.ts';
import { AwsError } from '../wire/aws-error.ts';
import { paginate } from '../wire/paginate.ts';
import { checkSchedule } from './check-schedule.ts';
import { policyHandlers } from './policies.ts';
import {
  childKey,
  newChildArn,
  notFound,
  requireTarget,
  type TargetIdentity,
  type TargetStore,
} from './target-store.ts';
import { targetHandlers } from './targets.ts';
import type { VariantCapacity } from './variant-capacity.ts';

/** Every Application Auto Scaling operation that the local AWS serves. Schedules are kept, nothing runs by them. */
export function autoscalingHandlers(
  store: TargetStore,
  alarms: AlarmStore,
  findCapacity: (identity: TargetIdentity) => VariantCapacity | undefined,
  now: () => Date,
): Handlers<Operations> {
  const requireTags = (arn: string) => {
    const known = [...store.targets.values()].some(({ ScalableTargetARN }) => ScalableTargetARN === arn);
    if (!known) throw new AwsError('ResourceNotFoundException', `There is no scalable target with the ARN ${arn}`);
    return store.tags.get(arn) ?? {};
  };
  return {
    ...targetHandlers(store, findCapacity, now),
    ...policyHandlers(store, alarms, now),
    PutScheduledAction(input) {
      requireTarget(store, input);
      const key = childKey(input, input.ScheduledActionName);
      const before = store.scheduledActions.get(key);
      const action: ScheduledAction = {
        ...before,
        ...input,
        Schedule: input.Schedule ?? before?.Schedule ?? '',
        ScheduledActionARN:
          before?.ScheduledActionARN ?? newChildArn(store.place, 'scheduledAction', input, input.ScheduledActionName),
        CreationTime: before?.CreationTime ?? now(),
      };
      checkSchedule(action);
      store.scheduledActions.set(key, action);
      return {};
    },
    DescribeScheduledActions(input) {
      const matching = [...store.scheduledActions.values()]
        .filter((action) => action.ServiceNamespace === input.ServiceNamespace)
        .filter(({ ScheduledActionName }) => input.ScheduledActionNames?.includes(ScheduledActionName) ?? true)
        .filter(({ ResourceId }) => input.ResourceId === undefined || ResourceId === input.ResourceId)
        .filter(
          (action) => input.ScalableDimension === undefined || action.ScalableDimension === input.ScalableDimension,
        );
      const page = paginate(matching, input.MaxResults ?? 50, input.NextToken);
      return { ScheduledActions: page.items, NextToken: page.nextToken };
    },
    DeleteScheduledAction(input) {
      if (!store.scheduledActions.delete(childKey(input, input.ScheduledActionName))) {
        throw notFound('scheduled action', input, input.ScheduledActionName);
      }
      return {};
    },
    ListTagsForResource: ({ ResourceARN }) => ({ Tags: requireTags(ResourceARN) }),
    TagResource({ ResourceARN, Tags }) {
      store.tags.set(ResourceARN, { ...requireTags(ResourceARN), ...Tags });
      return {};
    },
    UntagResource({ ResourceARN, TagKeys }) {
      const kept = Object.entries(requireTags(ResourceARN)).filter(([key]) => !TagKeys.includes(key));
      store.tags.set(ResourceARN, Object.fromEntries(kept));
      return {};
    },
  };
}
