import { randomUUID } from 'node:crypto';
import { arnIn, type Place } from '../core/place.ts';
import type {
  ScalableTarget,
  ScalingActivity,
  ScalingPolicy,
  ScheduledAction,
} from '../api-models/application-autoscaling.types.ts';
import { AwsError, validationException } from '../wire/aws-error.ts';

/** What names a scalable target. */
export type TargetIdentity = Pick<ScalableTarget, 'ServiceNamespace' | 'ResourceId' | 'ScalableDimension'>;

/** Everything Application Auto Scaling stores. */
export interface TargetStore {
  readonly place: Place;
  readonly targets: Map<string, ScalableTarget>;
  readonly policies: Map<string, ScalingPolicy>;
  readonly scheduledActions: Map<string, ScheduledAction>;
  readonly activities: ScalingActivity[];
  /** Tags by the ARN of a scalable target. */
  readonly tags: Map<string, Readonly<Record<string, string>>>;
}

export const createTargetStore = (place: Place): TargetStore => ({
  place,
  targets: new Map(),
  policies: new Map(),
  scheduledActions: new Map(),
  activities: [],
  tags: new Map(),
});

export const targetKey = ({ ServiceNamespace, ResourceId, ScalableDimension }: TargetIdentity): string =>
  `${ServiceNamespace}|${ResourceId}|${ScalableDimension}`;

/** Key of a policy or scheduled action: names are unique for a target. */
export const childKey = (identity: TargetIdentity, name: string): string => `${targetKey(identity)}|${name}`;

/** @throws AwsError ObjectNotFoundException. */
export function requireTarget(store: TargetStore, identity: TargetIdentity): ScalableTarget {
  const target = store.targets.get(targetKey(identity));
  if (target === undefined) throw notFound('scalable target registered', identity);
  return target;
}

/** @throws AwsError ValidationException. */
export function checkBounds(minimum: number, maximum: number): void {
  if (minimum <= maximum) return;
  throw validationException(`Maximum capacity ${maximum} cannot be less than minimum capacity ${minimum}.`);
}

export const notFound = (what: string, identity: TargetIdentity, name?: string): AwsError =>
  new AwsError(
    'ObjectNotFoundException',
    `No ${what} ${name === undefined ? '' : `named ${name} `}for service namespace: ${identity.ServiceNamespace}, resource ID: ${identity.ResourceId}, scalable dimension: ${identity.ScalableDimension}`,
  );

/** Removes a target with its policies, scheduled actions and tags. */
export function removeTarget(store: TargetStore, target: ScalableTarget): void {
  const prefix = `${targetKey(target)}|`;
  store.targets.delete(targetKey(target));
  for (const children of [store.policies, store.scheduledActions]) {
    for (const key of children.keys()) if (key.startsWith(prefix)) children.delete(key);
  }
  store.tags.delete(target.ScalableTargetARN ?? '');
}

/** An ARN of this account's Application Auto Scaling; policies and scheduled actions carry a UUID. */
export const newTargetArn = (place: Place): string =>
  arnIn(place, 'application-autoscaling', `scalable-target/${randomUUID().replaceAll('-', '').slice(0, 28)}`);

export function newChildArn(
  place: Place,
  kind: 'scalingPolicy' | 'scheduledAction',
  { ServiceNamespace, ResourceId }: TargetIdentity,
  name: string,
): string {
  const label = kind === 'scalingPolicy' ? 'policyName' : 'scheduledActionName';
  const resource = `resource/${ServiceNamespace}/${ResourceId}:${label}/${name}`;
  return arnIn(place, 'autoscaling', `${kind}:${randomUUID()}:${resource}`);
}
