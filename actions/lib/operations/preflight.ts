import type { EndpointView } from '../domain/endpoint/endpoint.ts';
import type { Environment } from '../domain/environment/environment.ts';
import { endpointConfigName, releaseIdOfConfig } from '../domain/environment/names.ts';
import type { PreflightFacts } from '../domain/swap/preflight.ts';
import { findRelease, type Release, type ReleaseFile } from '../domain/release/release.ts';
import { describeError } from '../domain/errors/user-error.ts';
import type { AttemptTask } from '../domain/ledger/fact.ts';
import { withoutChecksum, type ModelFinding } from '../domain/swap/model-objects.ts';
import type { Alarms } from '../ports/alarms.ts';
import type { Endpoints } from '../ports/endpoints.ts';
import type { ModelObjects } from '../ports/model-store.ts';
import type { Registry } from '../ports/registry.ts';

export interface PreflightPorts {
  readonly endpoints: Endpoints;
  readonly registry: Registry;
  readonly models: ModelObjects;
  readonly alarms: Alarms;
}

export interface PreflightSubject {
  readonly task: AttemptTask;
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
  { task, environment, release, releaseFile, endpoint, alarmNames, instances }: PreflightSubject,
  { endpoints, registry, models, alarms }: PreflightPorts,
): Promise<PreflightFacts> {
  const [config, servingConfig, image, modelObjects, found] = await Promise.all([
    endpoints.describeConfig(endpointConfigName(environment, release.id)),
    endpoints.describeConfig(endpoint.configName),
    registry.findImage(release.spec.image),
    findModel(task, release, models),
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
    modelObjects,
    alarms: found,
    alarmNames,
    instances,
  };
}

/** The objects of a release's model. A rollback goes to what has served: what can't be told of it keeps nobody waiting. */
async function findModel(task: AttemptTask, { spec }: Release, models: ModelObjects): Promise<ModelFinding> {
  if (spec.model === null) return { kind: 'in-image' };
  const { uri } = spec.model;
  if (task === 'deploy') return { kind: 'read', objects: await models.read(uri) };
  try {
    const objects = await models.read(uri);
    const [unknown] = withoutChecksum(objects);
    if (unknown === undefined) return { kind: 'read', objects };
    return { kind: 'unknown', why: `S3 keeps no SHA-256 of ${uri}${unknown}` };
  } catch (error) {
    return { kind: 'unknown', why: describeError(error) };
  }
}
