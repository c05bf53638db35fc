import type { EndpointView } from '../domain/endpoint/endpoint.ts';
import type { Environment } from '../domain/environment/environment.ts';
import { endpointConfigName, releaseIdOfConfig } from '../domain/environment/names.ts';
import type { PreflightFacts } from '../domain/swap/preflight.ts';
import { findRelease, type Release, type ReleaseFile } from '../domain/release/release.ts';
import type { Alarms } from '../ports/alarms.ts';
import type { Endpoints } from '../ports/endpoints.ts';
import type { Registry } from '../ports/registry.ts';

export interface PreflightPorts {
  readonly endpoints: Endpoints;
  readonly registry: Registry;
  readonly alarms: Alarms;
}

export interface PreflightSubject {
  readonly environment: Environment;
  readonly release: Release;
  readonly releaseFile: ReleaseFile;
  readonly endpoint: EndpointView;
  readonly alarmNames: readonly string[];
  readonly instances: number;
}

/**
 * Looks up everything that a swap to a release needs; changes nothing.
 *
 * @throws ServiceError when a look-up fails.
 */
export async function gatherPreflightFacts(
  { environment, release, releaseFile, endpoint, alarmNames, instances }: PreflightSubject,
  { endpoints, registry, alarms }: PreflightPorts,
): Promise<PreflightFacts> {
  const [config, servingConfig, image, found] = await Promise.all([
    endpoints.describeConfig(endpointConfigName(environment, release.id)),
    endpoints.describeConfig(endpoint.configName),
    registry.findImage(release.spec.image),
    alarmNames.length === 0 ? [] : alarms.find(alarmNames),
  ]);
  const modelName = config?.variants[0]?.modelName;
  const model = modelName === undefined ? undefined : await endpoints.describeModel(modelName);
  const serving = findRelease(releaseFile, releaseIdOfConfig(environment, endpoint.configName) ?? '');
  const servingInstanceType = serving?.spec.instanceType;
  return {
    environment,
    release,
    endpoint,
    config,
    servingConfig,
    servingInstanceType,
    model,
    image,
    alarms: found,
    alarmNames,
    instances,
  };
}
