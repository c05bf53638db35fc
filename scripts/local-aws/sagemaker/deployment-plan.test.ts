import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeploymentConfig } from '../api-models/sagemaker.types.ts';
import { checkDeploymentConfig } from './check-deployment-config.ts';
import { planDeployment, resolveCapacity } from './deployment-plan.ts';

const traffic = (
  routing: NonNullable<DeploymentConfig['BlueGreenUpdatePolicy']>['TrafficRoutingConfiguration'],
  further: Partial<DeploymentConfig['BlueGreenUpdatePolicy']> = {},
): DeploymentConfig => ({
  BlueGreenUpdatePolicy: { TrafficRoutingConfiguration: routing, TerminationWaitInSeconds: 300, ...further },
});
const percent = (Value: number) => ({ Type: 'CAPACITY_PERCENT' as const, Value });
const instances = (Value: number) => ({ Type: 'INSTANCE_COUNT' as const, Value });

it.each([
  [percent(50), 3, 2],
  [percent(10), 4, 1],
  [percent(1), 1, 1],
  [instances(2), 5, 2],
  [instances(9), 5, 5],
])('rounds %o of %i instances up to %i', (size, total, expected) => {
  expect(resolveCapacity(size, total)).toBe(expected);
});

it('bakes with TerminationWaitInSeconds once everything is green, also after the last linear step', () => {
  const config = traffic({ Type: 'LINEAR', WaitIntervalInSeconds: 60, LinearStepSize: percent(34) });
  const bakes = planDeployment(config, [{ name: 'primary', green: 3, blue: 3 }]).flatMap((step) =>
    step.kind === 'bake' ? [step.seconds] : [],
  );
  expect(bakes).toEqual([60, 300]);
});

describe('a plan', () => {
  const size = fc.oneof(fc.integer({ min: 10, max: 50 }).map(percent), fc.integer({ min: 1, max: 3 }).map(instances));
  const config = fc.oneof(
    size.map((CanarySize) => traffic({ Type: 'CANARY', WaitIntervalInSeconds: 1, CanarySize })),
    size.map((LinearStepSize) => traffic({ Type: 'LINEAR', WaitIntervalInSeconds: 1, LinearStepSize })),
    size.map((MaximumBatchSize) => ({ RollingUpdatePolicy: { MaximumBatchSize, WaitIntervalInSeconds: 1 } })),
    fc.constant(traffic({ Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 0 })),
  );
  const firstLaunch = fc.constantFrom('whole-fleet' as const, 'canary' as const);
  const counts = fc.record({ green: fc.integer({ min: 2, max: 20 }), blue: fc.integer({ min: 1, max: 20 }) });

  it('never has a moment without active instances, only grows green, and ends with all of green and none of blue', () => {
    fc.assert(
      fc.property(config, counts, firstLaunch, (deployment, { green, blue }, first) => {
        let launched = 0;
        let running = blue;
        let greenActive = 0;
        let blueActive = blue;
        for (const step of planDeployment(deployment, [{ name: 'primary', green, blue }], first)) {
          if (step.kind === 'launch') launched = step.green['primary'] ?? 0;
          if (step.kind === 'shift') {
            expect(step.green['primary']).toBeGreaterThan(greenActive - 1);
            greenActive = step.green['primary'] ?? 0;
            blueActive = step.blue['primary'] ?? 0;
            expect(greenActive).toBeLessThanOrEqual(launched);
            expect(blueActive).toBeLessThanOrEqual(running);
          }
          if (step.kind === 'retire-blue') {
            running = step.remaining['primary'] ?? 0;
            expect(blueActive).toBeLessThanOrEqual(running);
          }
          expect(greenActive + blueActive).toBeGreaterThan(0);
        }
        expect([greenActive, running]).toEqual([green, 0]);
      }),
    );
  });
});

describe('a DeploymentConfig', () => {
  const four = [{ name: 'primary', green: 4, blue: 4 }];
  const canary = traffic({ Type: 'CANARY', WaitIntervalInSeconds: 60, CanarySize: percent(50) });

  it.each([canary, traffic({ Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 0 })])(
    'is taken when it is right',
    (config) => {
      expect(() => {
        checkDeploymentConfig(config, four);
      }).not.toThrow();
    },
  );

  it.each([
    ['no policy', {}, four, /Exactly one of/],
    [
      'both policies',
      { ...canary, RollingUpdatePolicy: { MaximumBatchSize: percent(50), WaitIntervalInSeconds: 1 } },
      four,
      /Exactly one of/,
    ],
    [
      'a canary of 51 %',
      traffic({ Type: 'CANARY', WaitIntervalInSeconds: 1, CanarySize: percent(51) }),
      four,
      /between 1 and 50, found 51/,
    ],
    [
      'a canary of 3 of 4',
      traffic({ Type: 'CANARY', WaitIntervalInSeconds: 1, CanarySize: instances(3) }),
      four,
      /at most 50%/,
    ],
    ['a canary on one instance', canary, [{ name: 'primary', green: 1, blue: 1 }], /at least 2 instances/],
    [
      'a canary without size',
      traffic({ Type: 'CANARY', WaitIntervalInSeconds: 1 }),
      four,
      /CanarySize must be provided/,
    ],
    [
      'a step of 5 %',
      traffic({ Type: 'LINEAR', WaitIntervalInSeconds: 1, LinearStepSize: percent(5) }),
      four,
      /between 10 and 50/,
    ],
    [
      'a step in a canary',
      traffic({ Type: 'CANARY', WaitIntervalInSeconds: 1, CanarySize: percent(50), LinearStepSize: percent(50) }),
      four,
      /LinearStepSize can only/,
    ],
    [
      'waits that outlast the maximum',
      traffic(
        { Type: 'CANARY', WaitIntervalInSeconds: 400, CanarySize: percent(50) },
        { MaximumExecutionTimeoutInSeconds: 700 },
      ),
      four,
      /must be greater than the sum of the wait times of the deployment \(700\)/,
    ],
  ] satisfies [string, DeploymentConfig, typeof four, RegExp][])(
    'is refused with %s',
    (_case, config, variants, message) => {
      expect(() => {
        checkDeploymentConfig(config, variants);
      }).toThrow(message);
    },
  );
});
