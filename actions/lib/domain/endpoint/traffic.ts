import type { EndpointView, Fleet } from './endpoint.ts';

/**
 * Green's share of the traffic, 0 to 1. SageMaker spreads requests over the active instances of both fleets; green's
 * are active once its stage says that traffic was activated.
 */
export function greenShareOf(endpoint: EndpointView, green: string): number {
  if (endpoint.configName === green)
    return endpoint.pending === null ? 1 : 1 - shareOf(endpoint.pending, endpoint.serving);
  if (endpoint.pending?.configName !== green) return 0;
  return shareOf(endpoint.pending, endpoint.serving);
}

function shareOf(arriving: Fleet, leaving: Fleet): number {
  const active = activeInstances(arriving);
  if (active === 0) return 0;
  if (arriving.stages.some(({ message }) => /full capacity/.test(message))) return 1;
  return Math.min(1, active / Math.max(1, active + leaving.currentInstances));
}

const TRAFFIC_STAGES = new Set(['ActivatingTraffic', 'Baking', 'Deleting']);

function activeInstances(fleet: Fleet): number {
  return fleet.stages.some(({ status }) => TRAFFIC_STAGES.has(status)) ? fleet.currentInstances : 0;
}
