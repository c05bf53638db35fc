import type { Row } from '../harness/row.ts';
import { withoutProbes } from './without-probes.ts';
import type { MatrixFixture } from '../harness/fixture.ts';

const rolledBack = { outcome: 'rolled-back', serves: 'blue', deployment: 'failure', updates: 2 } as const;
const inconclusive = { outcome: 'inconclusive', serves: 'green', deployment: 'error', updates: 1 } as const;

/** Something that happens to AWS once the smoke test is about to run. */
const whenVerifying = (what: (fixture: MatrixFixture) => void) => [
  (fixture: MatrixFixture) => ({ disturbance: { in: 'verifying' as const, what: () => what(fixture) } }),
];
const whenRollingBack = (what: (fixture: MatrixFixture) => void) => [
  (fixture: MatrixFixture) => ({ disturbance: { in: 'rolling-back' as const, what: () => what(fixture) } }),
];

/** Ways in which one call gets no answer. */
const ONE_CALL = [
  ['is throttled', { kind: 'api-error', code: 'ThrottlingException' }],
  ['ends in a reset connection', { kind: 'connection-reset' }],
  ['ends in an internal error', { kind: 'api-error', code: 'InternalFailure', status: 500 }],
  ['ends in a ModelError without a status', { kind: 'api-error', code: 'ModelError', status: 424 }],
  ['finds the model not ready', { kind: 'api-error', code: 'ModelNotReadyException', status: 429 }],
] as const;

/** What the answers of green say, and what becomes of it. */
const rows: readonly Row[] = [
  {
    fault: 'wrong values',
    fixture: { answers: { green: { weights: [0.5, -1, 2] } } },
    ends: rolledBack,
    says: /prediction\[0\] is .*, expected 4\.8/,
  },
  {
    fault: 'values drift from the release before, within what the cases allow',
    fixture: {
      answers: { green: { weights: [2, -1, 0.5], offset: 0.2 }, blue: { offset: -0.2 }, old: {} },
      environment: {},
    },
    ends: { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 1 },
  },
  {
    fault: 'values differ from the release before by more than the tolerance',
    fixture: { answers: { blue: { offset: -0.4 }, green: { offset: 0.2 } } },
    ends: rolledBack,
    says: /parity/,
  },
  {
    fault: 'answered by the wrong release',
    fixture: { answers: { green: { releaseId: '0123456789ab' } } },
    ends: rolledBack,
    says: /answered by release 0123456789ab/,
  },
  {
    fault: 'answers name no release',
    fixture: { answers: { green: { releaseId: null } } },
    ends: rolledBack,
    says: /no release-id/,
  },
  {
    fault: 'too slow',
    fixture: { answers: { green: { latencyMilliseconds: 500 } } },
    ends: rolledBack,
    says: /latency/,
  },
  { fault: 'wrong status', fixture: { answers: { green: { status: 418 } } }, ends: rolledBack, says: /status 418/ },
  { fault: '5XX answers', fixture: { answers: { green: { status: 500 } } }, ends: rolledBack, says: /requests failed/ },
  {
    fault: 'green crash-loops once it has traffic',
    fixture: { containers: { green: { invocationsBeforeCrash: 0 } } },
    ends: rolledBack,
  },
  {
    fault: 'the probe may not invoke the endpoint',
    runs: whenVerifying(({ aws }) => {
      aws.faults.inject({ kind: 'api-error', operation: 'InvokeEndpoint', code: 'AccessDeniedException', status: 403 });
    }),
    ends: inconclusive,
    says: /the probe itself fails/,
  },
  {
    fault: 'the probe is throttled, too few answers',
    runs: whenVerifying(({ aws }) => {
      aws.faults.inject({
        kind: 'api-error',
        operation: 'InvokeEndpoint',
        code: 'ThrottlingException',
        status: 400,
        share: 0.7,
      });
    }),
    ends: inconclusive,
    says: /of at least 12 requests/,
  },
  ...ONE_CALL.map(([what, fault]): Row => ({
    fault: `one call of the smoke test ${what}`,
    // The first two are for warming up.
    runs: whenVerifying(({ aws }) => void aws.faults.inject({ ...fault, operation: 'InvokeEndpoint', times: 3 })),
    ends: { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 1 },
  })),
  {
    fault: 'one call of the smoke test is throttled, and no error is allowed',
    fixture: { smoke: { limits: { p50Milliseconds: null, p99Milliseconds: null, errorPercent: 0 } } },
    runs: whenVerifying(({ aws }) => {
      aws.faults.inject({ kind: 'api-error', operation: 'InvokeEndpoint', code: 'ThrottlingException', times: 3 });
    }),
    ends: { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 1 },
  },
  {
    fault: 'one call of the smoke test fails, and no error is allowed',
    fixture: { smoke: { limits: { p50Milliseconds: null, p99Milliseconds: null, errorPercent: 0 } } },
    runs: whenVerifying(({ aws }) => {
      aws.faults.inject({
        kind: 'api-error',
        operation: 'InvokeEndpoint',
        code: 'InternalFailure',
        status: 500,
        times: 3,
      });
    }),
    ends: rolledBack,
    says: /1 of 1[23] requests failed \(budget 0 %\)/,
  },
  {
    fault: 'inconclusive, and run again when the probe works',
    runs: [
      (fixture) => ({
        disturbance: {
          in: 'verifying',
          what: () => {
            fixture.aws.faults.inject({
              kind: 'api-error',
              operation: 'InvokeEndpoint',
              code: 'AccessDeniedException',
              status: 403,
            });
          },
        },
      }),
      ({ aws }) => {
        aws.faults.clear();
        return {};
      },
    ],
    ends: { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 1 },
  },
  {
    fault: 'wrong values, and UpdateEndpoint back is throttled at first',
    fixture: { answers: { green: { weights: [0.5, -1, 2] } } },
    runs: whenRollingBack(({ aws }) => {
      aws.faults.inject({ kind: 'api-error', operation: 'UpdateEndpoint', code: 'ThrottlingException', times: 7 });
    }),
    ends: rolledBack,
  },
  {
    fault: 'wrong values, and the answer to UpdateEndpoint back is lost',
    fixture: { answers: { green: { weights: [0.5, -1, 2] } } },
    runs: whenRollingBack(({ aws }) => {
      aws.faults.inject({ kind: 'connection-reset', operation: 'UpdateEndpoint', when: 'after', times: 1 });
    }),
    ends: rolledBack,
  },
  {
    fault: 'wrong values, and SageMaker maintains the endpoint at that moment',
    fixture: { answers: { green: { weights: [0.5, -1, 2] } } },
    runs: whenRollingBack(({ aws }) => aws.systemUpdate('scoring-production', 300)),
    ends: rolledBack,
    says: /rolled back/,
  },
  {
    fault: 'wrong values, and blue cannot be launched twice',
    fixture: { answers: { green: { weights: [0.5, -1, 2] } } },
    runs: whenRollingBack(({ aws, configName }) => {
      aws.faults.inject({ kind: 'launch-failure', configName: configName('blue'), reason: 'no capacity', times: 2 });
    }),
    ends: { ...rolledBack, updates: 4 },
  },
  {
    fault: 'wrong values, and blue can never be launched again',
    fixture: { answers: { green: { weights: [0.5, -1, 2] } } },
    runs: whenRollingBack(({ aws, configName }) => {
      aws.faults.inject({ kind: 'launch-failure', configName: configName('blue'), reason: 'no capacity' });
    }),
    ends: { outcome: 'stuck', serves: 'green', deployment: 'error', updates: 5 },
    says: /the rollback was not accepted 4 times/,
  },
  {
    fault: 'wrong values in the first release: there is no way back',
    fixture: { serving: 'green', emptyLedger: true, answers: { green: { weights: [0.5, -1, 2] } } },
    ends: { outcome: 'stuck', serves: 'green', deployment: 'error', updates: 0 },
    says: /no release that this run may go back to/,
  },
];

export const smokeRows = rows.map(withoutProbes);
