import type { ScalingSnapshot } from '../domain/endpoint/scaling-snapshot.ts';

/** The autoscaling of an endpoint's variant. Every method throws ServiceError when the call fails. */
export interface Autoscaling {
  /** What is registered for a resource, or undefined where nothing is. */
  snapshot(resourceId: string): Promise<ScalingSnapshot | undefined>;
  /** Deregisters the target, with its policies and schedules. */
  deregister(resourceId: string): Promise<void>;
  /** Registers what a snapshot holds; a second time changes nothing. */
  restore(snapshot: ScalingSnapshot): Promise<void>;
}
