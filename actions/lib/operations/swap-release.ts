import { isBusy, type EndpointView } from '../domain/endpoint/endpoint.ts';
import type { Environment } from '../domain/environment/environment.ts';
import { describeError, UserError } from '../domain/errors/user-error.ts';
import { findBaseline, type AttemptRecord, type AttemptTask } from '../domain/ledger/ledger.ts';
import { endpointName, releaseIdOfConfig, scalableResourceId } from '../domain/environment/names.ts';
import type { Pace } from '../domain/swap/polling.ts';
import { checkPreflight } from '../domain/swap/preflight.ts';
import type { Release, ReleaseFile } from '../domain/release/release.ts';
import type { ScalingSnapshot } from '../domain/endpoint/scaling-snapshot.ts';
import { fitBaseline, packBaseline, type Baseline } from '../domain/smoke/baseline.ts';
import type { SmokeFile } from '../domain/smoke/cases.ts';
import { blueExpectation, greenExpectation } from '../domain/swap/smoke-expectations.ts';
import { patienceMilliseconds } from '../domain/swap/patience.ts';
import { planSwap, type SwapPlan } from '../domain/swap/swap-plan.ts';
import { attemptStateOf, type SwapResult } from '../domain/swap/result.ts';
import type { Alarms } from '../ports/alarms.ts';
import type { Autoscaling } from '../ports/autoscaling.ts';
import type { Clock } from '../ports/clock.ts';
import type { Endpoints } from '../ports/endpoints.ts';
import type { Invoker } from '../ports/invoker.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Registry } from '../ports/registry.ts';
import type { Reporter } from '../ports/reporter.ts';
import { openAttempt, type Attempt } from './attempt.ts';
import { convergeEndpoint, type Convergence } from './converge-endpoint.ts';
import { gatherPreflightFacts } from './preflight.ts';
import { createScalingHold, type ScalingHold } from './scaling-hold.ts';
import { recordBaseline, smokeTest } from './smoke-test.ts';

/** What a swap needs of the world. */
export interface SwapPorts {
  readonly endpoints: Endpoints;
  readonly invoker: Invoker;
  readonly registry: Registry;
  readonly alarms: Alarms;
  readonly autoscaling: Autoscaling;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** A number from 0 up to 1. */
  readonly random: () => number;
}

export interface SwapRequest {
  readonly task: AttemptTask;
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
  readonly release: Release;
  readonly smokeFile: SmokeFile;
  /** Newest first. */
  readonly attempts: readonly AttemptRecord[];
  readonly reason: string | null;
  readonly pace: Pace;
  readonly warnings: readonly string[];
}

/**
 * Moves an endpoint to a release and verifies it; what fails is put back where that is allowed. Both deploying and
 * rolling back by hand are this: a rollback goes all at once, without alarms, and nothing undoes it.
 *
 * @throws UserError when it is refused before anything is touched.
 */
export async function swapRelease(request: SwapRequest, ports: SwapPorts): Promise<SwapResult> {
  const { environment, task } = request;
  const name = endpointName(environment);
  const endpoint = await ports.endpoints.describe(name);
  if (endpoint === undefined) throw noEndpoint(environment);
  const plan = planSwap({ ...request, endpoint }, await ports.endpoints.describeConfig(endpoint.configName));
  if (plan.needsUpdate && (endpoint.status === 'InService' || isBusy(endpoint))) {
    const subject = { ...request, endpoint, alarmNames: plan.green.alarmNames, instances: plan.instances };
    checkPreflight(await gatherPreflightFacts(subject, ports));
  }
  const warnings = [...request.warnings];
  if (task === 'deploy' && plan.needsUpdate && plan.green.alarmNames.length === 0) {
    warnings.push('no alarm guards this swap: SageMaker will not roll it back by itself');
  }
  for (const warning of warnings) ports.reporter.warning(warning);

  // From here on a run may be killed at any moment: what the next one needs to know goes into the ledger first.
  const baseline = await baselineOf(request, plan, endpoint, ports);
  const scaling = await scalingToHold(request, plan, endpoint, ports);
  const attempt = await openAttempt(
    newAttempt(request, plan, baseline, scaling),
    plan.unfinished,
    request.attempts,
    ports,
  );
  const hold = createScalingHold(scaling, ports);

  const convergence = await converge(request, plan, baseline, attempt, hold, ports);
  const { end, lastSeen } = convergence;
  // While an update goes on, putting autoscaling back is left to the run that continues this one.
  const leavesScaling = end.phase === 'interrupted' && lastSeen !== undefined && isBusy(lastSeen);
  const notRestored = leavesScaling ? undefined : await hold.tryRestore();
  if (notRestored !== undefined) {
    ports.reporter.warning(notRestored);
    warnings.push(notRestored);
  }
  const cause = end.phase === 'promoted' ? 'every fact was seen' : end.cause;
  const state = attemptStateOf(end.phase);
  const recorded = await attempt.close(state, cause);
  const serving = lastSeen?.configName ?? null;
  return {
    task,
    environment: environment.name,
    endpointName: name,
    release: request.release.id,
    image: request.release.spec.image,
    previousRelease: plan.previousRelease,
    outcome: end.phase,
    cause,
    servingConfig: serving,
    servingRelease: serving === null ? null : (releaseIdOfConfig(environment, serving) ?? null),
    reason: request.reason,
    startedAt: convergence.startedAt,
    endedAt: convergence.endedAt,
    transitions: convergence.transitions,
    samples: convergence.samples,
    smoke: convergence.smoke,
    blueSmoke: convergence.blueSmoke,
    deployment: { id: attempt.id ?? null, state: recorded ? state : null },
    warnings: [...warnings, ...attempt.warnings],
  };
}

async function converge(
  { task, environment, release, smokeFile, pace }: SwapRequest,
  { goal, green, blue, asksParity }: SwapPlan,
  baseline: Baseline,
  attempt: Attempt,
  hold: ScalingHold,
  ports: SwapPorts,
): Promise<Convergence> {
  const name = endpointName(environment);
  const blueId = goal.blue === null ? null : (releaseIdOfConfig(environment, goal.blue) ?? null);
  const endpoints: Endpoints = {
    ...ports.endpoints,
    update: async (update) => {
      await hold.take();
      await ports.endpoints.update(update);
    },
  };
  try {
    return await convergeEndpoint(
      {
        endpointName: name,
        goal,
        updates: {
          green: { endpointName: name, configName: goal.green, ...green },
          blue: goal.blue === null ? null : { endpointName: name, configName: goal.blue, ...blue },
        },
        check: async (which) =>
          await smokeTest(
            name,
            which === 'green'
              ? greenExpectation(task, smokeFile, release.id, baseline, asksParity)
              : blueExpectation(smokeFile, blueId, baseline),
            ports,
          ),
        onTransition: (state, reason) => attempt.follow(state, reason),
        pace,
        patienceMilliseconds: (phase) => patienceMilliseconds(phase, environment, smokeFile),
      },
      { ...ports, endpoints },
    );
  } catch (error) {
    // A defect of this program: the ledger must not stay open as if somebody were at it.
    await hold.tryRestore();
    await attempt.close('error', describeError(error));
    throw error;
  }
}

/**
 * Answers of the release before: those that an earlier run recorded, or those that it gives now, while it serves.
 *
 * @throws UserError when parity is judged and they can't be recorded.
 */
async function baselineOf(
  { task, environment, release, smokeFile, attempts }: SwapRequest,
  { needsUpdate, goal, unfinished }: SwapPlan,
  endpoint: EndpointView,
  ports: SwapPorts,
): Promise<Baseline> {
  // Nothing is compared after a rollback, and it must not wait for anything.
  if (task === 'rollback') return {};
  const recorded = findBaseline(unfinished === undefined ? attempts : [unfinished], release.id);
  const pending = endpoint.pending?.configName;
  if (needsUpdate) {
    if (unfinished !== undefined && recorded !== undefined) return recorded;
    // A broken endpoint, or one that goes to another config, is refused.
    if (pending !== undefined || !(endpoint.status === 'InService' || isBusy(endpoint))) return {};
  } else if (recorded !== undefined || pending !== goal.green || goal.blue === null) {
    return recorded ?? {};
  }
  const only = needsUpdate || goal.blue === null ? null : (releaseIdOfConfig(environment, goal.blue) ?? null);
  const isRequired = needsUpdate && smokeFile.parity !== null;
  const subject = { endpointName: endpoint.name, file: smokeFile, only, isRequired };
  return fitBaseline(await recordBaseline(subject, ports), smokeFile);
}

/** Autoscaling that has to make way: there where the two configs have different instance types. */
async function scalingToHold(
  { environment, release }: SwapRequest,
  { unfinished, goal, needsUpdate }: SwapPlan,
  endpoint: EndpointView,
  { endpoints, autoscaling }: SwapPorts,
): Promise<ScalingSnapshot | undefined> {
  if (unfinished?.payload.autoscaling !== undefined) return unfinished.payload.autoscaling;
  const other = needsUpdate ? endpoint.configName : goal.blue;
  if (other === null) return undefined;
  const type = (await endpoints.describeConfig(other))?.variants[0]?.instanceType;
  if (type === release.spec.instanceType) return undefined;
  return await autoscaling.snapshot(scalableResourceId(environment));
}

function newAttempt(
  { task, environment, release, reason }: SwapRequest,
  { previousRelease }: SwapPlan,
  baseline: Baseline,
  autoscaling: ScalingSnapshot | undefined,
) {
  return {
    environment: environment.name,
    task,
    payload: {
      release: release.id,
      previousRelease,
      image: release.spec.image,
      endpoint: endpointName(environment),
      ...(Object.keys(baseline).length === 0 ? {} : { baseline: packBaseline(baseline) }),
      ...(reason === null ? {} : { reason }),
      ...(autoscaling === undefined ? {} : { autoscaling }),
    },
    description: `${task === 'deploy' ? 'Deploying' : 'Rolling back to'} release ${release.id}`,
  };
}

function noEndpoint(environment: Environment): UserError {
  return new UserError({
    what: `The endpoint of ${environment.name} does not exist`,
    where: endpointName(environment),
    expected: `an endpoint of that name in account ${environment.account}, region ${environment.region}`,
    found: 'none',
    remedy: `Apply Terraform for ${environment.name}: it creates the endpoint with the first release.`,
  });
}
