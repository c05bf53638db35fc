import type { FleetMinute } from '../domain/probe/fleet-minutes.ts';

/** CloudWatch's metrics of fleets. Every method throws ServiceError when the call fails. */
export interface FleetMetrics {
  /** The whole minutes of a config's fleet that are in [from, to), in milliseconds since the Unix epoch, oldest first. */
  minutes(endpointName: string, configName: string, from: number, to: number): Promise<readonly FleetMinute[]>;
}
