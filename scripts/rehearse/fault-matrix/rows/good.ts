import type { Row } from '../harness/row.ts';

const promoted = { outcome: 'promoted', serves: 'green', deployment: 'success' } as const;
const timing = { terminationWaitSeconds: 60, maximumExecutionTimeoutSeconds: 3600 } as const;

/** The good cases: one for each strategy, and those without an update. */
export const goodRows: readonly Row[] = [
  { fault: 'none: canary', ends: { ...promoted, updates: 1 } },
  {
    fault: 'none: all at once',
    fixture: { environment: { swap: { strategy: 'all-at-once', ...timing } } },
    ends: { ...promoted, updates: 1 },
  },
  {
    fault: 'none: linear',
    fixture: {
      environment: {
        swap: { strategy: 'linear', stepSize: { unit: 'percent', value: 50 }, waitIntervalSeconds: 60, ...timing },
      },
    },
    ends: { ...promoted, updates: 1 },
  },
  {
    fault: 'none: rolling',
    fixture: {
      environment: {
        swap: {
          strategy: 'rolling',
          batchSize: { unit: 'percent', value: 50 },
          waitIntervalSeconds: 60,
          maximumExecutionTimeoutSeconds: 3600,
        },
      },
    },
    ends: { ...promoted, updates: 1 },
  },
  {
    fault: 'no alarms are asked for',
    fixture: { environment: { alarms: { serverErrors: null, clientErrors: null, latencyP99: null } } },
    ends: { ...promoted, updates: 1 },
    says: /no alarm guards this swap/,
  },
  {
    fault: 'the first release: Terraform has made the endpoint with it',
    fixture: { serving: 'green', emptyLedger: true },
    ends: { ...promoted, updates: 0 },
    says: /converged/,
  },
  { fault: 'deployed a second time', runs: [{}, {}], ends: { ...promoted, updates: 1 }, says: /converged/ },
  {
    fault: "the runner's clock is an hour ahead",
    fixture: { clockSkewMilliseconds: 3_600_000 },
    ends: { ...promoted, updates: 1 },
  },
  {
    fault: "the runner's clock is an hour behind",
    fixture: { clockSkewMilliseconds: -3_600_000 },
    ends: { ...promoted, updates: 1 },
  },
];
