import { describe, expect, it } from 'vitest';
import { compilePattern, findViolations, renderViolations } from '../wire/validate.ts';
import { loadApiModel } from './api-model.ts';
import { servedOperations, type ServiceName } from './served-operations.ts';

const services = Object.keys(servedOperations) as ServiceName[];

describe.each(services)('the API model of %s', (service) => {
  const model = loadApiModel(service);

  it('has every served operation and nothing else', () => {
    expect(Object.keys(model.operations).sort()).toEqual([...servedOperations[service].operations].sort());
  });

  it('is closed over its references', () => {
    const references = Object.values(model.shapes).flatMap(({ members = {}, member, key, value }) =>
      [...Object.values(members), member, key, value].flatMap((reference) => reference?.shape ?? []),
    );
    expect(references.filter((name) => model.shapes[name] === undefined)).toEqual([]);
  });

  it('has only patterns that can be checked', () => {
    for (const { pattern } of Object.values(model.shapes)) {
      if (pattern !== undefined) expect(() => compilePattern(pattern)).not.toThrow();
    }
  });
});

describe('a violation of the API model', () => {
  const model = loadApiModel('sagemaker');
  it.each([
    [
      'CreateEndpointInput',
      { EndpointName: '-bad', EndpointConfigName: 'good' },
      "1 validation error detected: Value '-bad' at 'endpointName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
    ],
    [
      'CreateEndpointInput',
      { EndpointName: 'good' },
      "1 validation error detected: Value null at 'endpointConfigName' failed to satisfy constraint: Member must not be null",
    ],
    [
      'UpdateEndpointInput',
      {
        EndpointName: 'good',
        EndpointConfigName: 'good',
        DeploymentConfig: {
          BlueGreenUpdatePolicy: {
            TrafficRoutingConfiguration: { Type: 'SLOWLY', WaitIntervalInSeconds: 3601 },
            MaximumExecutionTimeoutInSeconds: 599,
          },
        },
      },
      "3 validation errors detected: Value 'SLOWLY' at 'deploymentConfig.blueGreenUpdatePolicy.trafficRoutingConfiguration.type' failed to satisfy constraint: Member must satisfy enum value set: [ALL_AT_ONCE, CANARY, LINEAR]; Value '3601' at 'deploymentConfig.blueGreenUpdatePolicy.trafficRoutingConfiguration.waitIntervalInSeconds' failed to satisfy constraint: Member must have value less than or equal to 3600; Value '599' at 'deploymentConfig.blueGreenUpdatePolicy.maximumExecutionTimeoutInSeconds' failed to satisfy constraint: Member must have value greater than or equal to 600",
    ],
  ])('of %s is told in the words of AWS', (shape, input, message) => {
    expect(renderViolations(findViolations(model, shape, input))).toBe(message);
  });
});
