import type { EnvironmentFile } from '../../../actions/lib/domain/environment/environment.ts';
import { VALID_ENVIRONMENT } from '../../../actions/lib/testing/valid-environment.ts';

/**
 * The team of the product's tests: what a fork of its own would have. None of its names is one of the shipped content, so
 * that a test that reads content by mistake fails at once.
 */
const scoring = VALID_ENVIRONMENT;
const labelling = { ...VALID_ENVIRONMENT, service: 'labelling', account: '321098765432' } as const;

/** Its services, the first one with the longest promotion chain. */
export const TEAM_SERVICES = ['scoring', 'labelling'] as const;

/** Its environments by the names of their folders, in promotion order, service by service. */
export const TEAM_ENVIRONMENTS = {
  trial: scoring,
  preview: { ...scoring, promotionOrder: 2 },
  prime: {
    ...scoring,
    promotionOrder: 3,
    retainReleases: 10,
    swap: {
      strategy: 'linear',
      stepSize: { unit: 'percent', value: 25 },
      waitIntervalSeconds: 300,
      terminationWaitSeconds: 600,
      maximumExecutionTimeoutSeconds: 7200,
    },
    autoscaling: {
      minInstances: 4,
      maxInstances: 12,
      invocationsPerInstance: 3000,
      scaleInCooldownSeconds: 600,
      scaleOutCooldownSeconds: 60,
      schedules: [],
    },
    networkIsolation: true,
    dataCapture: { samplingPercentage: 5, retentionDays: 30 },
    logRetentionDays: 90,
  },
  'label-trial': labelling,
  'label-prime': { ...labelling, promotionOrder: 2 },
} as const satisfies Readonly<Record<string, EnvironmentFile>>;

export type TeamEnvironment = keyof typeof TEAM_ENVIRONMENTS;

/**
 * The environments that Terraform is run in: the one with the most settings, as environment.moto.test.ts has one with the least;
 * with `npm run long-tests` all.
 */
export const TERRAFORM_ENVIRONMENTS: readonly TeamEnvironment[] =
  process.env['LONG_TESTS'] === 'all' ? (Object.keys(TEAM_ENVIRONMENTS) as TeamEnvironment[]) : ['prime'];
