import { DeleteAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import type { LocalAws } from '@sagemaker-gitops/local-aws';
import { probeSettings } from '../../../../actions/lib/domain/environment/probes.ts';
import type { MatrixFixture } from '../harness/fixture.ts';
import type { Row } from '../harness/row.ts';

const rolledBack = { outcome: 'rolled-back', serves: 'blue', deployment: 'failure', updates: 1 } as const;
const promoted = { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 1 } as const;
const wrong = { answers: { green: { weights: [0.5, -1, 2] } } } as const;
const impossible = 'the bakes of accelerated rows are over before a second round of questions';
const real = { impossible } as const;

/** What the smoke test and the probes may not do. */
const denied = { kind: 'api-error', operation: 'InvokeEndpoint', code: 'AccessDeniedException', status: 403 } as const;
const abortDenied = { kind: 'api-error', operation: 'PutMetricData', code: 'AccessDenied', status: 403 } as const;

/** The probes can't ask while the endpoint is updated; the smoke test can. */
const deniedInTheBakes = [
  ({ aws }: MatrixFixture) => ({
    disturbance: { in: 'updating' as const, what: () => void aws.faults.inject(denied) },
    wrap: allowedWhenSettled(aws),
  }),
];

/** Lifts what is denied once the endpoint is at rest. */
function allowedWhenSettled(aws: LocalAws): NonNullable<import('../harness/run-use-case.ts').RunOptions['wrap']> {
  return (ports) => ({
    ...ports,
    endpoints: {
      ...ports.endpoints,
      describe: async (name) => {
        const endpoint = await ports.endpoints.describe(name);
        if (endpoint?.status === 'InService' && endpoint.configName.length > 0) aws.faults.clear();
        return endpoint;
      },
    },
  });
}

function callsOfProbes({ aws }: MatrixFixture) {
  return aws.calls.filter(({ operation }) => operation === 'InvokeEndpoint');
}

function claim(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Green is asked while it bakes. */
export const probeRows: readonly Row[] = [
  {
    fault: 'green answers wrongly in the canary: the probes abort the update, and the case is named',
    fixture: wrong,
    real,
    ends: rolledBack,
    says: /probe of green, case "one row": prediction\[0\] is .*, expected 4\.8/,
    then: async ({ ledger, aws }) => {
      const [attempt] = (await ledger.read()).attempts;
      claim(/case "one row"/.test(attempt?.ended?.cause ?? ''), 'the ledger does not name the case');
      claim(
        attempt?.steps.some(({ phase }) => phase === 'rolling-back') ?? false,
        'no step says that it was found bad',
      );
      claim(
        aws.calls.some(({ operation }) => operation === 'PutMetricData'),
        'the abort alarm was not tripped',
      );
    },
  },
  ...(['all-at-once', 'linear', 'rolling'] as const).map((strategy): Row => {
    const timing = { terminationWaitSeconds: 120, maximumExecutionTimeoutSeconds: 3600 };
    const half = { unit: 'percent', value: 50 } as const;
    const swap = {
      'all-at-once': { strategy: 'all-at-once', ...timing },
      linear: { strategy: 'linear', stepSize: half, waitIntervalSeconds: 120, ...timing },
      rolling: { strategy: 'rolling', batchSize: half, waitIntervalSeconds: 120, maximumExecutionTimeoutSeconds: 3600 },
    } as const;
    return {
      fault: `green answers wrongly, ${strategy}: the probes abort the update`,
      fixture: { ...wrong, environment: { swap: swap[strategy] } },
      real,
      ends: rolledBack,
      says: /probe of green/,
    };
  }),
  {
    fault: 'green differs from blue by more than the tolerance: the probes abort the update',
    fixture: { answers: { blue: { offset: -0.4 }, green: { offset: 0.2 } } },
    real,
    ends: rolledBack,
    says: /probe of green, case ".*": differs from the release before/,
  },
  {
    fault: 'blue answers wrongly too: its answers do not count for green',
    fixture: { answers: { blue: { weights: [0.5, -1, 2] } }, smoke: { parity: null } },
    ends: promoted,
  },
  {
    fault: 'green and blue are good: only cases that expect an answer are asked, marked, and within the limit',
    real,
    ends: promoted,
    then: (fixture, { log }) => {
      const bodies = callsOfProbes(fixture).map(({ input }) => String(input['Body']));
      claim(
        callsOfProbes(fixture).every(({ input }) => input['InferenceId'] === 'probe-1'),
        'a call is not marked',
      );
      claim(bodies.length < 11 * 70 + 60, `${bodies.length} calls in eleven minutes`);
      claim(
        log.some((line) => line.includes('promoted')),
        'the log does not end with the promotion',
      );
      claim(!fixture.aws.calls.some(({ operation }) => operation === 'PutMetricData'), 'the abort alarm was tripped');
    },
  },
  {
    fault: 'the probes may not invoke the endpoint while it bakes: green stays, and the summary says why',
    runs: deniedInTheBakes,
    real,
    ends: promoted,
    says: /inconclusive[^]*AccessDeniedException/,
  },
  {
    fault: 'the probes may not invoke the endpoint while it bakes, and what is inconclusive is to be aborted',
    fixture: { environment: { probes: probeSettings.parse({ whenInconclusive: 'abort' }) } },
    runs: deniedInTheBakes,
    real,
    ends: { ...rolledBack, updates: 2 },
    says: /green could not be compared with blue: .*AccessDeniedException/,
  },
  {
    fault: 'green answers wrongly, and the abort alarm can not be tripped: the run goes back itself',
    fixture: wrong,
    arrange: ({ aws }) => void aws.faults.inject(abortDenied),
    real,
    ends: { ...rolledBack, updates: 2 },
    says: /the update can't be aborted/,
  },
  {
    fault: 'green answers wrongly, and somebody has deleted the abort alarm: the run goes back itself',
    fixture: wrong,
    runs: [
      ({ cloudwatch, configName }) => ({
        disturbance: {
          in: 'updating',
          what: () => void cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [`${configName('green')}-abort`] })),
        },
      }),
    ],
    real,
    ends: { ...rolledBack, updates: 2 },
    says: /probe of green/,
  },
  {
    fault: 'green answers wrongly, and no alarm guards the swap: the run goes back itself',
    fixture: { ...wrong, environment: { alarms: { serverErrors: null, clientErrors: null, latencyP99: null } } },
    real,
    ends: { ...rolledBack, updates: 2 },
    says: /it watches no abort alarm/,
  },
  ...(['SIGINT', 'SIGTERM', 'SIGKILL'] as const).map((what): Row => ({
    fault: `green answers wrongly; ${what} while aborting, and run again`,
    fixture: wrong,
    runs: [{ disturbance: { in: 'aborting', what } }, {}],
    real,
    ends: rolledBack,
    // Killed in that very moment, the run could not record why.
    says: what === 'SIGKILL' ? /probe of green/ : /had begun to roll back/,
  })),
  {
    fault: 'green answers wrongly; SIGKILL while updating: the next run probes on',
    fixture: wrong,
    runs: [{ disturbance: { in: 'updating', what: 'SIGKILL' } }, {}],
    real,
    ends: rolledBack,
    says: /probe of green/,
  },
  {
    fault: 'CloudWatch can not be read: green is compared by the probes alone',
    arrange: ({ aws }) =>
      void aws.faults.inject({ kind: 'api-error', operation: 'GetMetricData', code: 'AccessDenied', status: 403 }),
    real,
    ends: promoted,
    says: /without CloudWatch/,
  },
  {
    fault: 'green breaks for every question while it bakes: an alarm or the smoke test undoes it, not the probes',
    fixture: { answers: { green: { status: 500 } } },
    real,
    ends: rolledBack,
    says: /-5xx\]/,
  },
];
