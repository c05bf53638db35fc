import { retrying } from '../domain/errors/retry.ts';
import { describeError } from '../domain/errors/user-error.ts';
import { describeScaling, type ScalingSnapshot } from '../domain/endpoint/scaling-snapshot.ts';
import type { Autoscaling } from '../ports/autoscaling.ts';
import type { Clock } from '../ports/clock.ts';
import type { Reporter } from '../ports/reporter.ts';

export interface ScalingPorts {
  readonly autoscaling: Autoscaling;
  readonly clock: Clock;
  readonly reporter: Reporter;
}

/** A scaling target that is deregistered while an endpoint changes its instance type. */
export interface ScalingHold {
  /** Deregisters the target, the first time it is called. @throws ServiceError when that fails. */
  take(): Promise<void>;
  /** Registers the target again where this run, or the one it continues, has deregistered it. Never throws: gives a warning. */
  tryRestore(): Promise<string | undefined>;
}

const RETRIES = { attempts: 5, firstWaitMilliseconds: 2_000 };

/** Holds a scalable target back: a registered one makes UpdateEndpoint refuse another instance type (provider #14337). */
export function createScalingHold(
  snapshot: ScalingSnapshot | undefined,
  { autoscaling, clock, reporter }: ScalingPorts,
): ScalingHold {
  let taken = false;
  return {
    take: async () => {
      if (snapshot === undefined || taken) return;
      taken = true;
      await autoscaling.deregister(snapshot.resourceId);
      reporter.info(`autoscaling deregistered while the instance type changes (${describeScaling(snapshot)})`);
    },
    tryRestore: async () => {
      if (snapshot === undefined) return undefined;
      try {
        await retrying({ ...RETRIES, sleep: async (wait) => await clock.sleep(wait) }, async () => {
          await autoscaling.restore(snapshot);
        });
        reporter.info(`autoscaling restored (${describeScaling(snapshot)})`);
        return undefined;
      } catch (error) {
        return `autoscaling is not restored (${describeScaling(snapshot)}); applying Terraform restores it: ${describeError(error)}`;
      }
    },
  };
}
