import { randomUUID } from 'node:crypto';
import type { Handlers } from '../core/service.ts';
import type { Operations, ScalableTarget } from '../api-models/application-autoscaling.types.ts';
import { globalArnIn } from '../core/place.ts';
import { validationException } from '../wire/aws-error.ts';
import { paginate } from '../wire/paginate.ts';
import {
  checkBounds,
  newTargetArn,
  removeTarget,
  requireTarget,
  targetKey,
  type TargetIdentity,
  type TargetStore,
} from './target-store.ts';
import type { VariantCapacity } from './variant-capacity.ts';

const SERVICE_LINKED_ROLE =
  'role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint';

const DIMENSION = 'sagemaker:variant:DesiredInstanceCount';

type TargetOperation =
  'DeregisterScalableTarget' | 'DescribeScalableTargets' | 'DescribeScalingActivities' | 'RegisterScalableTarget';

/** The Application Auto Scaling operations on scalable targets and their activities. */
export function targetHandlers(
  store: TargetStore,
  findCapacity: (identity: TargetIdentity) => VariantCapacity | undefined,
  now: () => Date,
): Pick<Handlers<Operations>, TargetOperation> {
  const { place, targets } = store;
  /**
   * Brings a count outside of the new bounds back into them, as a registration does.
   * @throws AwsError ValidationException without such a variant, or when it cannot have so many instances.
   */
  const keepInBounds = (target: ScalableTarget) => {
    const capacity = findCapacity(target);
    if (capacity === undefined) return;
    const wanted = Math.min(target.MaxCapacity, Math.max(target.MinCapacity, capacity.desired));
    if (wanted === capacity.desired) return;
    const bound = wanted > capacity.desired ? 'minimum' : 'maximum';
    const didScale = capacity.setDesired(wanted);
    store.activities.unshift({
      ActivityId: randomUUID(),
      ServiceNamespace: target.ServiceNamespace,
      ResourceId: target.ResourceId,
      ScalableDimension: target.ScalableDimension,
      Description: `Setting desired instance count to ${wanted}.`,
      Cause: `${bound} capacity was set to ${wanted}`,
      StartTime: now(),
      StatusCode: didScale ? 'Successful' : 'Failed',
      StatusMessage: didScale
        ? `Successfully set desired instance count to ${wanted}. Change successfully fulfilled by sagemaker.`
        : 'Failed to set desired instance count: the endpoint is not InService.',
    });
  };
  return {
    RegisterScalableTarget({ Tags, ...input }) {
      const before = targets.get(targetKey(input));
      if (before !== undefined && Tags !== undefined) {
        throw validationException('Tags can only be given when a scalable target is first registered.');
      }
      const MinCapacity = input.MinCapacity ?? before?.MinCapacity;
      const MaxCapacity = input.MaxCapacity ?? before?.MaxCapacity;
      if (MinCapacity === undefined || MaxCapacity === undefined) {
        throw validationException(
          'MinCapacity and MaxCapacity must be given when a scalable target is first registered.',
        );
      }
      if (input.ServiceNamespace !== 'sagemaker' || input.ScalableDimension !== DIMENSION) {
        throw validationException(`Only ${DIMENSION} is emulated, found ${input.ScalableDimension}.`);
      }
      if (MinCapacity < 0) throw validationException(`Minimum capacity ${MinCapacity} cannot be negative.`);
      checkBounds(MinCapacity, MaxCapacity);
      const target: ScalableTarget = {
        ServiceNamespace: input.ServiceNamespace,
        ResourceId: input.ResourceId,
        ScalableDimension: input.ScalableDimension,
        MinCapacity,
        MaxCapacity,
        RoleARN: globalArnIn(place, 'iam', SERVICE_LINKED_ROLE),
        CreationTime: before?.CreationTime ?? now(),
        SuspendedState: {
          DynamicScalingInSuspended: false,
          DynamicScalingOutSuspended: false,
          ScheduledScalingSuspended: false,
          ...before?.SuspendedState,
          ...input.SuspendedState,
        },
        ScalableTargetARN: before?.ScalableTargetARN ?? newTargetArn(place),
      };
      // Refuses bounds that the variant cannot be brought into, so before the target is stored.
      keepInBounds(target);
      targets.set(targetKey(target), target);
      if (Tags !== undefined) store.tags.set(target.ScalableTargetARN ?? '', Tags);
      return { ScalableTargetARN: target.ScalableTargetARN };
    },
    DescribeScalableTargets({ ServiceNamespace, ResourceIds, ScalableDimension, MaxResults, NextToken }) {
      const matching = [...targets.values()]
        .filter((target) => target.ServiceNamespace === ServiceNamespace)
        .filter(({ ResourceId }) => ResourceIds?.includes(ResourceId) ?? true)
        .filter((target) => ScalableDimension === undefined || target.ScalableDimension === ScalableDimension);
      const page = paginate(matching, MaxResults ?? 50, NextToken);
      return { ScalableTargets: page.items, NextToken: page.nextToken };
    },
    DeregisterScalableTarget(input) {
      removeTarget(store, requireTarget(store, input));
      return {};
    },
    DescribeScalingActivities({ ServiceNamespace, ResourceId, ScalableDimension, MaxResults, NextToken }) {
      const matching = store.activities
        .filter((activity) => activity.ServiceNamespace === ServiceNamespace)
        .filter((activity) => ResourceId === undefined || activity.ResourceId === ResourceId)
        .filter((activity) => ScalableDimension === undefined || activity.ScalableDimension === ScalableDimension);
      const page = paginate(matching, MaxResults ?? 50, NextToken);
      return { ScalingActivities: page.items, NextToken: page.nextToken };
    },
  };
}
