import type { Handlers } from '../core/service.ts';
import type { DescribeEndpointConfigOutput, EndpointSummary, Operations } from '../api-models/sagemaker.types.ts';
import { sagemakerArn } from '../core/place.ts';
import { validationException } from '../wire/aws-error.ts';
import { checkDeploymentConfig } from './check-deployment-config.ts';
import type { SageMakerDependencies } from './dependencies.ts';
import { runCreation } from './creation.ts';
import { runUpdate } from './update.ts';
import { describeEndpoint } from './describe-endpoint.ts';
import { createFleetVariant, retireFleet, type Fleet } from './fleet.ts';
import { listPage } from './list-page.ts';
import { retainedProperties, scaleEndpoint } from './scale.ts';
import { keyOf, requireEndpoint, requireEndpointConfig, requireModel, type Endpoint } from './state.ts';
import { newTags } from './tags.ts';

type EndpointOperation =
  | 'CreateEndpoint'
  | 'DeleteEndpoint'
  | 'DescribeEndpoint'
  | 'ListEndpoints'
  | 'UpdateEndpoint'
  | 'UpdateEndpointWeightsAndCapacities';

/** The SageMaker operations on endpoints. Deployments continue after the response; `track` registers them. */
export function endpointHandlers(
  dependencies: SageMakerDependencies,
  track: (work: Promise<void>) => void,
): Pick<Handlers<Operations>, EndpointOperation> {
  const { state, clock, log } = dependencies;
  return {
    CreateEndpoint({ EndpointName, EndpointConfigName, DeploymentConfig, Tags }) {
      const EndpointArn = sagemakerArn(state.place, 'endpoint', EndpointName);
      if (state.endpoints.has(keyOf(EndpointName))) {
        throw validationException(`Cannot create already existing endpoint "${EndpointArn}".`);
      }
      const config = requireEndpointConfig(state, EndpointConfigName);
      const fleet = createFleet(dependencies, config, undefined);
      if (DeploymentConfig !== undefined) checkDeploymentConfig(DeploymentConfig, countsOf(fleet));
      const tags = newTags(Tags);
      const now = clock.now();
      const endpoint: Endpoint = {
        name: EndpointName,
        arn: EndpointArn,
        createdAt: now,
        modifiedAt: now,
        status: 'Creating',
        failureReason: undefined,
        configName: config.EndpointConfigName,
        serving: undefined,
        pending: { fleet, startedAt: now },
        lastDeploymentConfig: DeploymentConfig,
        lifetime: new AbortController(),
      };
      state.endpoints.set(keyOf(EndpointName), endpoint);
      state.tags.set(EndpointArn, tags);
      log(`endpoint ${EndpointName}: Creating with ${config.EndpointConfigName}`);
      track(runCreation(dependencies, endpoint, fleet));
      return { EndpointArn };
    },
    UpdateEndpoint(input) {
      const endpoint = requireEndpoint(state, input.EndpointName);
      requireUpdatable(endpoint);
      const config = requireEndpointConfig(state, input.EndpointConfigName);
      // SageMaker reads the old config too, and fails when that was deleted (terraform-provider-aws #19459 and others).
      requireEndpointConfig(state, endpoint.configName);
      const blue = endpoint.serving;
      if (blue === undefined) throw validationException(`Cannot update endpoint "${endpoint.arn}": it never served.`);
      const deployment = input.RetainDeploymentConfig === true ? endpoint.lastDeploymentConfig : input.DeploymentConfig;
      const green = createFleet(dependencies, config, retainedProperties(blue, input));
      if (deployment !== undefined) checkDeploymentConfig(deployment, countsOf(green));
      checkAlarmsExist(dependencies, deployment);
      checkSameVariants(blue, green, deployment !== undefined);
      dependencies.checkUpdateAllowed(blue, green, endpoint);
      const leftover = endpoint.pending?.fleet;
      endpoint.status = 'Updating';
      endpoint.failureReason = undefined;
      endpoint.lastDeploymentConfig = deployment;
      endpoint.modifiedAt = clock.now();
      endpoint.pending = { fleet: green, startedAt: clock.now() };
      log(`endpoint ${endpoint.name}: Updating from ${endpoint.configName} to ${config.EndpointConfigName}`);
      track(runUpdate(dependencies, endpoint, blue, green, deployment));
      if (leftover !== undefined) track(retireFleet(leftover));
      return { EndpointArn: endpoint.arn };
    },
    UpdateEndpointWeightsAndCapacities({ EndpointName, DesiredWeightsAndCapacities }) {
      const endpoint = requireEndpoint(state, EndpointName);
      requireUpdatable(endpoint);
      track(scaleEndpoint(dependencies, endpoint, DesiredWeightsAndCapacities));
      return { EndpointArn: endpoint.arn };
    },
    DescribeEndpoint({ EndpointName }) {
      const endpoint = requireEndpoint(state, EndpointName);
      const before = endpoint.shown;
      if (before !== undefined && dependencies.faults.isStale(endpoint.name)) return before;
      const answer = describeEndpoint(endpoint, state.endpointConfigs.get(keyOf(endpoint.configName)));
      const isLate = answer.PendingDeploymentSummary !== undefined && dependencies.faults.hidesPending(endpoint.name);
      return (endpoint.shown = isLate ? { ...answer, PendingDeploymentSummary: undefined } : answer);
    },
    ListEndpoints(input) {
      const all = [...state.endpoints.values()]
        .filter(({ status }) => input.StatusEquals === undefined || status === input.StatusEquals)
        .filter(({ modifiedAt }) => modifiedAt < (input.LastModifiedTimeBefore ?? new Date(8.64e15)))
        .filter(({ modifiedAt }) => modifiedAt > (input.LastModifiedTimeAfter ?? new Date(0)))
        .map(({ name, arn, createdAt, modifiedAt, status }): EndpointSummary => ({
          EndpointName: name,
          EndpointArn: arn,
          CreationTime: createdAt,
          LastModifiedTime: modifiedAt,
          EndpointStatus: status,
        }));
      const { items, NextToken } = listPage(all, input, {
        Name: ({ EndpointName }) => EndpointName,
        CreationTime: ({ CreationTime }) => CreationTime,
      });
      return { Endpoints: items, NextToken };
    },
    DeleteEndpoint({ EndpointName }) {
      const endpoint = requireEndpoint(state, EndpointName);
      requireSettled(endpoint);
      endpoint.status = 'Deleting';
      endpoint.modifiedAt = clock.now();
      dependencies.onEndpointDeleted(endpoint.name);
      endpoint.lifetime.abort(new Error(`endpoint ${endpoint.name} was deleted`));
      log(`endpoint ${endpoint.name}: Deleting`);
      track(removeEndpoint(dependencies, endpoint));
      return {};
    },
  };
}

function createFleet(
  { state }: SageMakerDependencies,
  config: DescribeEndpointConfigOutput,
  retained: ReturnType<typeof retainedProperties> | undefined,
): Fleet {
  const variants = config.ProductionVariants.map((settings) => {
    const model = requireModel(state, settings.ModelName ?? '');
    return createFleetVariant(settings, model, retained?.(settings.VariantName) ?? {});
  });
  return { configName: config.EndpointConfigName, dataCapture: config.DataCaptureConfig, variants };
}

const countsOf = (fleet: Fleet) =>
  fleet.variants.map(({ name, desiredInstanceCount }) => ({
    name,
    green: desiredInstanceCount,
    blue: desiredInstanceCount,
  }));

/** @throws AwsError while a deployment or a deletion runs: SageMaker has no way to interrupt either. */
function requireSettled({ status, arn }: Endpoint): void {
  if (['Creating', 'Updating', 'SystemUpdating', 'RollingBack', 'Deleting'].includes(status)) {
    throw validationException(`Cannot update in-progress endpoint "${arn}".`);
  }
}

function requireUpdatable(endpoint: Endpoint): void {
  requireSettled(endpoint);
  if (endpoint.status === 'Failed' || endpoint.status === 'OutOfService') {
    throw validationException(`Cannot update endpoint "${endpoint.arn}" with status ${endpoint.status}.`);
  }
}

function checkAlarmsExist({ alarms }: SageMakerDependencies, deployment: Endpoint['lastDeploymentConfig']): void {
  const names = (deployment?.AutoRollbackConfiguration?.Alarms ?? []).flatMap(({ AlarmName }) => AlarmName ?? []);
  const missing = alarms.findMissing(names);
  if (missing !== undefined) {
    throw validationException(
      `Alarm "${missing}" in AutoRollbackConfiguration does not exist in this account and region.`,
    );
  }
}

function checkSameVariants(blue: Fleet, green: Fleet, hasDeploymentConfig: boolean): void {
  const names = (fleet: Fleet) =>
    fleet.variants
      .map(({ name }) => name)
      .sort()
      .join(', ');
  if (hasDeploymentConfig && names(blue) !== names(green)) {
    throw validationException(
      `The new endpoint configuration must have the same production variants as the current one when DeploymentConfig is provided: expected [${names(blue)}], found [${names(green)}].`,
    );
  }
}

async function removeEndpoint({ state, log }: SageMakerDependencies, endpoint: Endpoint): Promise<void> {
  const fleets = [endpoint.serving, endpoint.pending?.fleet].filter((fleet) => fleet !== undefined);
  await Promise.all(fleets.map(retireFleet));
  state.endpoints.delete(keyOf(endpoint.name));
  state.tags.delete(endpoint.arn);
  log(`endpoint ${endpoint.name}: deleted`);
}
