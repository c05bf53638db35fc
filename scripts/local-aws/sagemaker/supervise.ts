import { randomBytes } from 'node:crypto';
import type { RunningInstance } from '../instances/launcher.ts';
import type { SageMakerDependencies } from './dependencies.ts';
import { createInstance, type FleetVariant, type Instance } from './fleet.ts';
import type { Endpoint } from './state.ts';
import { hangs } from './watch-health.ts';

/** Delay before an exited container is restarted. */
const RESTART_DELAY_MILLISECONDS = 1_000;

/**
 * Supervises a serving instance. When its container exits or stops answering pings, the instance is removed from traffic
 * and restarted until it is healthy, as SageMaker replaces failed containers.
 */
export function supervise(
  dependencies: SageMakerDependencies,
  endpoint: Endpoint,
  variant: FleetVariant,
  instance: Instance,
  restart: (instanceId: string) => Promise<RunningInstance>,
): void {
  const { clock, log } = dependencies;
  void hangs(instance.server, clock, endpoint.lifetime.signal).then(async (isHanging) => {
    if (!isHanging || isOver(endpoint, instance)) return;
    instance.healthy = false;
    log(`endpoint ${endpoint.name}: instance ${instance.id} of ${variant.name} answers no pings`);
    await instance.server.stop();
  });
  void instance.server.ended.then(async (how) => {
    if (instance.retired || endpoint.lifetime.signal.aborted) return;
    instance.healthy = false;
    log(`endpoint ${endpoint.name}: instance ${instance.id} of ${variant.name} ${how}; starting it again`);
    for (;;) {
      await clock.waitReal(RESTART_DELAY_MILLISECONDS);
      if (isOver(endpoint, instance)) return;
      const id = `i-${randomBytes(8).toString('hex')}`;
      let server: RunningInstance;
      try {
        server = await restart(id);
      } catch (error) {
        log(`endpoint ${endpoint.name}: ${error instanceof Error ? error.message : String(error)}`);
        continue;
      }
      if (isOver(endpoint, instance)) {
        await server.stop();
        return;
      }
      const replacement = createInstance(id, server, instance.active);
      const index = variant.instances.indexOf(instance);
      if (index === -1) variant.instances.push(replacement);
      else variant.instances.splice(index, 1, replacement);
      supervise(dependencies, endpoint, variant, replacement, restart);
      return;
    }
  });
}

const isOver = (endpoint: Endpoint, instance: Instance) => endpoint.lifetime.signal.aborted || instance.retired;
