import { UpdateEndpointCommand, type TrafficRoutingConfig } from '@aws-sdk/client-sagemaker';
import { endpointName } from '../../../../actions/lib/domain/environment/names.ts';
import type { EndpointView } from '../../../../actions/lib/domain/endpoint/endpoint.ts';
import type { RunOptions } from '../harness/run-use-case.ts';
import { ledgerDenied } from './preflight.ts';
import type { Row } from '../harness/row.ts';
import type { ReleaseName, MatrixFixture } from '../harness/fixture.ts';

const promoted = { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 1 } as const;

/** What is under way when a process starts must still be under way when it looks. */
const unhurried = { fixture: { acceleration: 60 } } as const;

const AT_ONCE: TrafficRoutingConfig = { Type: 'ALL_AT_ONCE', WaitIntervalInSeconds: 0 };
const CANARY: TrafficRoutingConfig = {
  Type: 'CANARY',
  WaitIntervalInSeconds: 600,
  CanarySize: { Type: 'CAPACITY_PERCENT', Value: 50 },
};

/** Somebody else's update, in progress when the run starts. */
function otherUpdate(
  to: ReleaseName,
  routing: TrafficRoutingConfig = AT_ONCE,
): (fixture: MatrixFixture) => Promise<void> {
  return async ({ sagemaker, environment, configName, time, launchMilliseconds }) => {
    await sagemaker.send(
      new UpdateEndpointCommand({
        EndpointName: endpointName(environment),
        EndpointConfigName: configName(to),
        DeploymentConfig: {
          BlueGreenUpdatePolicy: {
            TrafficRoutingConfiguration: routing,
            TerminationWaitInSeconds: 600,
          },
        },
      }),
    );
    await time.advance(launchMilliseconds + 1000);
  };
}

/** DescribeEndpoint that keeps showing the endpoint as it was before an accepted update, for some reads. */
function staleAfterUpdate(reads: number): NonNullable<RunOptions['wrap']> {
  return (ports) => {
    let left = 0;
    let before: EndpointView | undefined;
    return {
      ...ports,
      endpoints: {
        ...ports.endpoints,
        describe: async (name) => {
          if (left > 0 && before !== undefined) {
            left -= 1;
            return before;
          }
          before = await ports.endpoints.describe(name);
          return before;
        },
        update: async (update) => {
          await ports.endpoints.update(update);
          left = reads;
        },
      },
    };
  };
}

/** Credentials that expire when green's machines are ready. */
function expireOnceLaunched({ aws, time, launchMilliseconds }: MatrixFixture): RunOptions {
  const expire = (): void => void aws.faults.inject({ kind: 'api-error', code: 'ExpiredTokenException', status: 400 });
  const what = (): void => {
    if (launchMilliseconds === 0) expire();
    else void time.waitEmulated(launchMilliseconds + 2000).then(expire);
  };
  return { disturbance: { in: 'updating', what } };
}

/** Faults of the services that are called, and of those who call them too. */
export const apiRows: readonly Row[] = [
  {
    fault: '30 % of all calls are throttled',
    arrange: ({ aws }) => {
      aws.faults.inject({
        kind: 'api-error',
        service: 'sagemaker',
        code: 'ThrottlingException',
        message: 'Rate exceeded',
        share: 0.3,
      });
    },
    ends: promoted,
  },
  {
    fault: 'every second look ends in a connection reset',
    arrange: ({ aws }) => {
      aws.faults.inject({ kind: 'connection-reset', operation: 'DescribeEndpoint', share: 0.5 });
    },
    ends: promoted,
  },
  {
    fault: 'the API answers 500 to half of all looks',
    arrange: ({ aws }) => {
      aws.faults.inject({
        kind: 'api-error',
        operation: 'DescribeEndpoint',
        code: 'InternalFailure',
        status: 500,
        share: 0.5,
      });
    },
    ends: promoted,
  },
  {
    fault: 'UpdateEndpoint works, but its answer is lost',
    arrange: ({ aws }) => {
      aws.faults.inject({ kind: 'connection-reset', operation: 'UpdateEndpoint', when: 'after', times: 1 });
    },
    ends: promoted,
  },
  {
    fault: 'UpdateEndpoint is throttled beyond all retries at first',
    arrange: ({ aws }) => {
      aws.faults.inject({ kind: 'api-error', operation: 'UpdateEndpoint', code: 'ThrottlingException', times: 6 });
    },
    ends: promoted,
  },
  {
    fault: 'reads are stale after UpdateEndpoint',
    runs: [{ wrap: staleAfterUpdate(3) }],
    ends: promoted,
    real: { impossible: 'the stale answers are put between the action and its own client' },
  },
  {
    fault: 'UpdateEndpoint is denied',
    arrange: ({ aws }) => {
      aws.faults.inject({ kind: 'api-error', operation: 'UpdateEndpoint', code: 'AccessDeniedException', status: 400 });
    },
    ends: { outcome: 'refused', serves: 'blue', deployment: 'error', updates: 0 },
    says: /UpdateEndpoint was refused/,
  },
  {
    fault: 'a quota is used up',
    arrange: ({ aws }) => {
      aws.faults.inject({ kind: 'api-error', operation: 'UpdateEndpoint', code: 'ResourceLimitExceeded', status: 400 });
    },
    ends: { outcome: 'refused', serves: 'blue', deployment: 'error', updates: 0 },
    says: /ResourceLimitExceeded/,
  },
  {
    fault: 'SageMaker maintains the endpoint at the start',
    arrange: ({ aws, environment }) => aws.systemUpdate(endpointName(environment), 600),
    ends: promoted,
    real: unhurried,
    says: /SystemUpdating/,
  },
  {
    fault: 'an update to the same release is in progress',
    arrange: otherUpdate('green', CANARY),
    ends: promoted,
    real: unhurried,
    says: /in progress already/,
  },
  {
    fault: 'an update to the same release is in progress, and blue has no traffic any more to be compared with',
    arrange: otherUpdate('green'),
    ends: { outcome: 'inconclusive', serves: 'green', deployment: 'error', updates: 1 },
    real: unhurried,
    says: /parity was not judged: no answer of the release before is known/,
  },
  {
    fault: 'an update to another release is in progress',
    arrange: otherUpdate('old'),
    real: unhurried,
    ends: { outcome: 'refused', serves: 'old', deployment: 'error', updates: 1 },
    says: /another update was in progress/,
  },
  {
    fault: 'the credentials expire in the wait',
    runs: [expireOnceLaunched],
    ends: { outcome: 'interrupted', serves: 'blue and green', deployment: 'in_progress', updates: 1 },
    says: /ExpiredTokenException/,
  },
  {
    fault: 'the credentials expire in the wait, and the job runs again',
    runs: [
      expireOnceLaunched,
      ({ aws }) => {
        aws.faults.clear();
        return {};
      },
    ],
    ends: promoted,
    says: /in progress already/,
  },
  {
    fault: 'GitHub cannot be reached from the middle on',
    runs: [({ github }) => ({ disturbance: { in: 'verifying', what: () => github.goAway() } })],
    ends: { outcome: 'promoted', serves: 'green', deployment: 'in_progress', updates: 1 },
    says: /GitHub does not show this deployment as it is/,
  },
  {
    fault: 'the ledger cannot be written from the middle on',
    runs: [({ aws }) => ({ disturbance: { in: 'verifying', what: () => void aws.faults.inject(ledgerDenied) } })],
    ends: { outcome: 'promoted', serves: 'green', deployment: 'error', updates: 1 },
    isRecorded: false,
    says: /the ledger does not say so/,
  },
];
