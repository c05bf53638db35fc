import type { EnvironmentFile } from '../domain/environment/environment.ts';

/** The environment of the tests: valid, a canary over half the fleet, with nothing to warn about. */
export const VALID_ENVIRONMENT = {
  formatVersion: 2,
  service: 'scoring',
  account: '210987654321',
  region: 'eu-west-1',
  promotionOrder: 1,
  retainReleases: 5,
  swap: {
    strategy: 'canary',
    canarySize: { unit: 'percent', value: 50 },
    waitIntervalSeconds: 300,
    terminationWaitSeconds: 300,
    maximumExecutionTimeoutSeconds: 3600,
  },
  alarms: {
    serverErrors: { threshold: 1, periodSeconds: 60, evaluationPeriods: 1 },
    clientErrors: null,
    latencyP99: { thresholdMilliseconds: 500, periodSeconds: 60, evaluationPeriods: 2 },
  },
  smoke: { cases: 'smoke.json' },
  probes: { intervalSeconds: 10, latencyRatio: 1.25, errorPercentagePoints: 0.5, whenInconclusive: 'continue' },
  autoscaling: null,
  network: null,
  networkIsolation: false,
  kmsKeyArn: null,
  dataCapture: null,
  logRetentionDays: 30,
  notifications: { snsTopicArn: null },
  visibleEnvironmentKeys: ['LOG_LEVEL'],
} as const satisfies EnvironmentFile;
