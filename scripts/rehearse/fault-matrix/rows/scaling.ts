import {
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  DescribeScheduledActionsCommand,
  PutScalingPolicyCommand,
  PutScheduledActionCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { UpdateEndpointWeightsAndCapacitiesCommand } from '@aws-sdk/client-sagemaker';
import type { SwapPhase } from '../../../../actions/lib/domain/swap/state.ts';
import { endpointName, scalableResourceId, VARIANT_NAME } from '../../../../actions/lib/domain/environment/names.ts';
import type { Row } from '../harness/row.ts';
import { withoutProbes } from './without-probes.ts';
import type { MatrixFixture } from '../harness/fixture.ts';

const target = { ServiceNamespace: 'sagemaker', ScalableDimension: 'sagemaker:variant:DesiredInstanceCount' } as const;

/** Autoscaling with a policy and a schedule. */
async function registerScaling({ scaling, environment }: MatrixFixture): Promise<void> {
  const subject = { ...target, ResourceId: scalableResourceId(environment) };
  await scaling.send(
    new RegisterScalableTargetCommand({ ...subject, MinCapacity: 2, MaxCapacity: 6, Tags: { owner: 'models' } }),
  );
  await scaling.send(
    new PutScalingPolicyCommand({
      ...subject,
      PolicyName: 'invocations',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 1000,
        PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
        ScaleInCooldown: 300,
        ScaleOutCooldown: 60,
      },
    }),
  );
  await scaling.send(
    new PutScheduledActionCommand({
      ...subject,
      ScheduledActionName: 'morning',
      Schedule: 'cron(0 6 * * ? *)',
      Timezone: 'Europe/Berlin',
      ScalableTargetAction: { MinCapacity: 3, MaxCapacity: 6 },
    }),
  );
}

/** Everything that autoscaling holds, without what AWS makes anew (times, ARNs, alarms). */
async function scalingNow({ scaling, environment }: MatrixFixture): Promise<unknown> {
  const ResourceId = scalableResourceId(environment);
  const [targets, policies, schedules] = await Promise.all([
    scaling.send(new DescribeScalableTargetsCommand({ ...target, ResourceIds: [ResourceId] })),
    scaling.send(new DescribeScalingPoliciesCommand({ ...target, ResourceId })),
    scaling.send(new DescribeScheduledActionsCommand({ ...target, ResourceId })),
  ]);
  return {
    targets: targets.ScalableTargets?.map(({ MinCapacity, MaxCapacity, SuspendedState }) => [
      MinCapacity,
      MaxCapacity,
      SuspendedState,
    ]),
    policies: policies.ScalingPolicies?.map((policy) => [
      policy.PolicyName,
      policy.PolicyType,
      policy.TargetTrackingScalingPolicyConfiguration,
    ]),
    schedules: schedules.ScheduledActions?.map((action) => [
      action.ScheduledActionName,
      action.Schedule,
      action.Timezone,
      action.ScalableTargetAction,
    ]),
  };
}

/** A row with autoscaling registered that must be there unchanged at the end. */
function withScaling(row: Row): Row {
  let before: unknown;
  return {
    ...row,
    arrange: async (fixture) => {
      await registerScaling(fixture);
      before = await scalingNow(fixture);
      await row.arrange?.(fixture);
    },
    then: async (fixture, last) => {
      const after = await scalingNow(fixture);
      if (JSON.stringify(after) !== JSON.stringify(before)) {
        throw new Error(`autoscaling was ${JSON.stringify(before)} and is ${JSON.stringify(after)}`);
      }
      await row.then?.(fixture, last);
    },
  };
}

const promoted = { outcome: 'promoted', serves: 'green', deployment: 'success', updates: 1 } as const;
const rolledBack = { outcome: 'rolled-back', serves: 'blue', deployment: 'failure', updates: 2 } as const;
/** Slow enough that a scale-out is still in progress at the next looks. */
const startsLate = { healthyAfterMilliseconds: 50_000 } as const;

/** Autoscaling, or a person, brings the serving fleet to so many instances. */
const scaleTo =
  (count: number) =>
  async ({ sagemaker, environment }: MatrixFixture): Promise<void> => {
    const DesiredWeightsAndCapacities = [{ VariantName: VARIANT_NAME, DesiredInstanceCount: count }];
    const EndpointName = endpointName(environment);
    await sagemaker.send(new UpdateEndpointWeightsAndCapacitiesCommand({ EndpointName, DesiredWeightsAndCapacities }));
  };

const scaledIn = (phase: SwapPhase, count: number) => [
  (fixture: MatrixFixture) => ({ disturbance: { in: phase, what: () => scaleTo(count)(fixture) } }),
];

const otherType = { specs: { green: { instanceType: 'ml.c5.xlarge' } } } as const;

/** Fleets that autoscaling or a person has changed. */
export const scalingRows: readonly Row[] = [
  {
    fault: 'scaled out from two to four instances by hand: green starts with four',
    arrange: async (fixture) => {
      await scaleTo(4)(fixture);
      await fixture.time.advance(fixture.launchMilliseconds + 60_000);
    },
    ends: promoted,
    then: ({ aws }) => {
      if (aws.instances().length !== 4) throw new Error(`${aws.instances().length} instances run, not 4`);
    },
  },
  {
    fault: 'a scale-out is in progress at the start: it is waited out',
    fixture: { containers: { blue: startsLate } },
    arrange: async (fixture) => {
      await fixture.time.advance(60_000);
      await scaleTo(4)(fixture);
    },
    ends: promoted,
    says: /waiting: the endpoint is being scaled or maintained: Updating/,
  },
  {
    fault: 'a scale-out begins between the look and UpdateEndpoint: it is waited out',
    fixture: { containers: { blue: startsLate } },
    arrange: async ({ time }) => await time.advance(60_000),
    runs: scaledIn('requesting', 4),
    ends: promoted,
  },
  {
    fault: 'a scale-out begins while green is verified: it is waited out',
    fixture: { containers: { green: startsLate } },
    runs: scaledIn('verifying', 4),
    ends: promoted,
    then: ({ aws }) => {
      if (aws.instances().length !== 4) throw new Error(`${aws.instances().length} instances run, not 4`);
    },
  },
  {
    fault: 'a scale-out begins after the smoke test: it is waited out',
    fixture: { containers: { green: startsLate } },
    runs: scaledIn('confirming', 4),
    ends: promoted,
  },
  {
    fault: 'a scale-in begins while green is verified',
    fixture: { specs: { green: { instanceCount: 4 }, blue: { instanceCount: 4 } } },
    runs: scaledIn('verifying', 2),
    ends: promoted,
  },
  withoutProbes({
    fault: 'wrong values, and a scale-out begins before UpdateEndpoint back: it is waited out',
    fixture: { containers: { green: startsLate }, answers: { green: { weights: [0.5, -1, 2] } } },
    runs: scaledIn('rolling-back', 4),
    ends: rolledBack,
  }),
  withoutProbes({
    fault: 'wrong values, and a scale-out begins when blue has to be proved: it is waited out',
    fixture: { containers: { blue: startsLate }, answers: { green: { weights: [0.5, -1, 2] } } },
    arrange: async ({ time }) => await time.advance(60_000),
    runs: scaledIn('proving-blue', 4),
    ends: rolledBack,
  }),
  {
    fault: 'SageMaker maintains the endpoint while green is verified: it is waited out',
    runs: [
      ({ aws, environment }) => ({
        disturbance: { in: 'verifying', what: () => aws.systemUpdate(endpointName(environment), 600) },
      }),
    ],
    ends: promoted,
  },
  {
    fault: 'the release asks for another number of instances: green gets it',
    fixture: { specs: { green: { instanceCount: 3 } } },
    ends: promoted,
    then: ({ aws }) => {
      if (aws.instances().length !== 3) throw new Error(`${aws.instances().length} instances run, not 3`);
    },
  },
  withScaling({ fault: 'autoscaling, same instance type', ends: promoted }),
  withScaling({
    fault: 'autoscaling, another instance type',
    fixture: otherType,
    ends: promoted,
    says: /autoscaling restored/,
  }),
  withScaling({
    fault: 'autoscaling, another instance type, and green is never healthy',
    fixture: { ...otherType, containers: { green: { healthyAfterMilliseconds: Infinity } } },
    ends: { outcome: 'rolled-back', serves: 'blue', deployment: 'failure', updates: 1 },
    says: /autoscaling restored/,
  }),
  withScaling({
    fault: 'autoscaling, another instance type, wrong values',
    fixture: { ...otherType, environment: { probes: null }, answers: { green: { weights: [0.5, -1, 2] } } },
    ends: { outcome: 'rolled-back', serves: 'blue', deployment: 'failure', updates: 2 },
    says: /autoscaling restored/,
  }),
  withScaling({
    fault: 'autoscaling, another instance type; SIGKILL while updating, and run again',
    fixture: otherType,
    runs: [{ disturbance: { in: 'updating', what: 'SIGKILL' } }, {}],
    ends: promoted,
    says: /autoscaling restored/,
  }),
  withScaling({
    fault: 'autoscaling, another instance type, rolled back by hand',
    fixture: { specs: { old: { instanceType: 'ml.c5.xlarge' } } },
    runs: [{ action: 'rollback' }],
    ends: { outcome: 'promoted', serves: 'old', deployment: 'success', updates: 1 },
    says: /autoscaling restored/,
  }),
];
