import type { ScalingSnapshot } from '../domain/endpoint/scaling-snapshot.ts';

/** The autoscaling of an endpoint's variant. Every method throws ServiceError when the call fails. */
export interface Autoscaling {
  /** What is registered for a resource, or undefined where nothing is. */
  snapshot(resourceId: string): Promise<ScalingSnapshot | undefined>;
  /** Takes the target away, and its policies and schedules with it. */
  deregister(resourceId: string): Promise<void>;
  /** Puts back what a snapshot holds; doing it twice is harmless. */
  restore(snapshot: ScalingSnapshot): Promise<void>;
}
