import { isBusy, type EndpointView } from '../domain/endpoint/endpoint.ts';
import type { ScalingSnapshot } from '../domain/endpoint/scaling-snapshot.ts';
import type { Environment } from '../domain/environment/environment.ts';
import { endpointName, releaseIdOfConfig, scalableResourceId } from '../domain/environment/names.ts';
import { describeError, UserError } from '../domain/errors/user-error.ts';
import type { AttemptTask, Begun, Ended, RecordedProvenance } from '../domain/ledger/fact.ts';
import { keptFor, type History } from '../domain/ledger/history.ts';
import type { Release, ReleaseFile, ReleaseId } from '../domain/release/release.ts';
import { packBaseline, unpackBaseline, type Baseline } from '../domain/smoke/baseline.ts';
import type { SmokeFile } from '../domain/smoke/cases.ts';
import { phaseLimitMilliseconds } from '../domain/swap/phase-limits.ts';
import type { Pace } from '../domain/swap/polling.ts';
import { checkOneVariant } from '../domain/swap/one-variant.ts';
import { checkPreflight } from '../domain/swap/preflight.ts';
import { deploymentStateOf, evidenceOf, verdictOfEnd, type SwapResult } from '../domain/swap/result.ts';
import { blueExpectation, greenExpectation } from '../domain/swap/smoke-expectations.ts';
import { planSwap, type SwapPlan } from '../domain/swap/swap-plan.ts';
import type { Alarms } from '../ports/alarms.ts';
import type { Autoscaling } from '../ports/autoscaling.ts';
import type { Clock } from '../ports/clock.ts';
import type { Deployments } from '../ports/deployments.ts';
import type { Endpoints } from '../ports/endpoints.ts';
import type { FleetMetrics } from '../ports/fleet-metrics.ts';
import type { Invoker } from '../ports/invoker.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { ModelObjects } from '../ports/model-store.ts';
import type { Registry } from '../ports/registry.ts';
import type { Reporter } from '../ports/reporter.ts';
import { beginAttempt, type AttemptRecorder } from './attempt.ts';
import { convergeEndpoint, type ConvergePlan } from './converge-endpoint.ts';
import { gatherPreflightFacts } from './preflight.ts';
import { createScalingHold, type ScalingHold } from './scaling-hold.ts';
import { createSwapProbes, type SwapProbes } from './probe-swap.ts';
import { recordBaseline, smokeTest } from './smoke-test.ts';
import type { Convergence } from './swap-record.ts';

/** AWS, the ledger and the runner, as a swap uses them. */
export interface SwapPorts {
  readonly endpoints: Endpoints;
  readonly invoker: Invoker;
  readonly registry: Registry;
  readonly models: ModelObjects;
  readonly alarms: Alarms;
  readonly metrics: FleetMetrics;
  readonly autoscaling: Autoscaling;
  readonly ledger: Ledger;
  readonly deployments: Deployments;
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
  /** Null where there are none that the release could be asked. */
  readonly smokeFile: SmokeFile | null;
  readonly history: History;
  /** The release that a person leaves with a rollback. */
  readonly leaves: ReleaseId | null;
  /** What a person named, so that it may serve although it was rejected. */
  readonly accepts: readonly ReleaseId[];
  /** What a person named, so that it may be replaced although no fact explains why it serves. */
  readonly acceptsServing: string | null;
  readonly reason: string | null;
  /** Null where nobody asked where the artifact came from. */
  readonly provenance: RecordedProvenance | null;
  readonly pace: Pace;
  readonly warnings: readonly string[];
}

/** A swap that is about to start: everything that the next run would need is in the ledger. */
interface PreparedSwap {
  readonly plan: SwapPlan;
  readonly baseline: Baseline;
  readonly attempt: AttemptRecorder;
  readonly hold: ScalingHold;
}

/**
 * Moves an endpoint to a release and verifies it; a failed swap is rolled back where that is allowed. Deploying and rolling
 * back by hand are both this: a rollback goes all at once, without alarms, and nothing undoes it.
 *
 * @throws UserError when it is refused before anything is changed.
 */
export async function swapRelease(request: SwapRequest, ports: SwapPorts): Promise<SwapResult> {
  const endpoint = await describeEndpoint(request.environment, ports);
  checkOneVariant(endpoint);
  const plan = planSwap({ ...request, endpoint }, await ports.endpoints.describeConfig(endpoint.configName));
  const unchecked = await preflight(request, plan, endpoint, ports);
  const warnings = [...warningsOf(request, plan), ...unchecked];
  for (const warning of warnings) ports.reporter.warning(warning);

  // A run may be killed at any moment from here on, so the ledger gets first what the next run needs.
  const baseline = await baselineOf(request, plan, endpoint, ports);
  const scaling = await scalingToHold(request, plan, endpoint, ports);
  const begun = factOf(request, plan, { endpoint, baseline, scaling });
  const attempt = await beginAttempt(begun, plan.unfinished, mirrorOf(request), ports);
  const swap: PreparedSwap = { plan, baseline, attempt, hold: createScalingHold(scaling, ports) };

  const convergence = await converge(request, swap, ports);
  const notRestored = await restoreScaling(convergence, swap.hold, ports);
  if (notRestored !== undefined) warnings.push(notRestored);
  const result = swapResult(request, swap, convergence);
  const isRecorded = await attempt.close(endOf(result, convergence), deploymentStateOf(result.outcome), result.cause);
  return {
    ...result,
    isRecorded,
    deployment: attempt.deployment() ?? null,
    warnings: [...warnings, ...attempt.warnings],
  };
}

async function describeEndpoint(environment: Environment, { endpoints }: SwapPorts): Promise<EndpointView> {
  const name = endpointName(environment);
  const endpoint = await endpoints.describe(name);
  if (endpoint !== undefined) return endpoint;
  throw new UserError({
    what: `The endpoint of ${environment.name} does not exist`,
    where: name,
    expected: `an endpoint of that name in account ${environment.account}, region ${environment.region}`,
    found: 'none',
    remedy: `Apply Terraform for ${environment.name}: it creates the endpoint with the first release.`,
  });
}

/** Refuses what cannot go well; gives warnings of what could not be looked at. */
async function preflight(
  request: SwapRequest,
  plan: SwapPlan,
  endpoint: EndpointView,
  ports: SwapPorts,
): Promise<readonly string[]> {
  // The state machine refuses an endpoint in any other status.
  if (!plan.needsUpdate || !(endpoint.status === 'InService' || isBusy(endpoint))) return [];
  const subject = { ...request, endpoint, alarmNames: plan.green.alarmNames, instances: plan.instances };
  const facts = await gatherPreflightFacts(subject, ports);
  checkPreflight(facts);
  const { modelObjects } = facts;
  return modelObjects.kind === 'unknown' ? [`the model in S3 was not checked: ${modelObjects.why}`] : [];
}

function warningsOf({ task, warnings }: SwapRequest, { needsUpdate, green }: SwapPlan): string[] {
  const isUnguarded = task === 'deploy' && needsUpdate && green.alarmNames.length === 0;
  return isUnguarded
    ? [...warnings, 'no alarm guards this swap: SageMaker will not roll it back by itself']
    : [...warnings];
}

async function converge(request: SwapRequest, swap: PreparedSwap, ports: SwapPorts): Promise<Convergence> {
  const endpoints: Endpoints = {
    ...ports.endpoints,
    update: async (update) => {
      await swap.hold.take();
      await ports.endpoints.update(update);
    },
  };
  try {
    return await convergeEndpoint(convergePlan(request, swap, ports), { ...ports, endpoints });
  } catch (error) {
    // A defect of this program: the ledger must not show an attempt in progress that nothing continues.
    await swap.hold.tryRestore();
    await swap.attempt.close(undefined, 'error', describeError(error));
    throw error;
  }
}

function convergePlan(request: SwapRequest, swap: PreparedSwap, ports: SwapPorts): ConvergePlan {
  const { task, environment, release, smokeFile, pace } = request;
  const { plan, baseline, attempt } = swap;
  const { goal, green, blue, asksParity } = plan;
  const name = endpointName(environment);
  const blueId = releaseOf(environment, goal.blue);
  return {
    endpointName: name,
    goal,
    updates: {
      green: { endpointName: name, configName: goal.green, ...green },
      blue: goal.blue === null ? null : { endpointName: name, configName: goal.blue, ...blue },
    },
    check: async (which) => {
      if (smokeFile === null) throw new Error('there are no smoke cases for this release');
      const expectation =
        which === 'green'
          ? greenExpectation(task, smokeFile, release, baseline, asksParity)
          : blueExpectation(smokeFile, blueId, baseline);
      return await smokeTest(name, expectation, ports);
    },
    probes: probesOf(request, swap, ports),
    abort: green.alarmNames.length === 0 ? null : async () => await ports.alarms.requestAbort(name, goal.green),
    onTransition: (state, reason) => attempt.follow(state, reason),
    pace,
    phaseLimitMilliseconds: (phase) => phaseLimitMilliseconds(phase, environment, smokeFile),
  };
}

/** Questions beside the swap; null where no update to green can be under way, or nothing says what to ask. */
function probesOf(
  { task, environment, release, smokeFile }: SwapRequest,
  { plan, baseline }: PreparedSwap,
  ports: SwapPorts,
): SwapProbes | null {
  const { goal, unfinished, needsUpdate, asksParity } = plan;
  // A person who rolls back decides alone; what a release that serves already answers, the smoke test says.
  const settings = environment.probes;
  if (task === 'rollback' || smokeFile === null || goal.blue === null || settings === null) return null;
  if (!needsUpdate && unfinished === undefined) return null;
  return createSwapProbes(
    {
      endpointName: endpointName(environment),
      green: { id: release.id, config: goal.green },
      blue: { id: releaseOf(environment, goal.blue), config: goal.blue },
      expected: greenExpectation(task, smokeFile, release, baseline, asksParity),
      settings,
    },
    ports,
  );
}

/** Registers autoscaling again; gives a warning where that failed. An interrupted update leaves it to the next run. */
async function restoreScaling(
  { end, lastSeen }: Convergence,
  hold: ScalingHold,
  { reporter }: SwapPorts,
): Promise<string | undefined> {
  if (end.phase === 'interrupted' && lastSeen !== undefined && isBusy(lastSeen)) return undefined;
  const notRestored = await hold.tryRestore();
  if (notRestored !== undefined) reporter.warning(notRestored);
  return notRestored;
}

function swapResult(
  { task, environment, release, reason }: SwapRequest,
  { plan }: PreparedSwap,
  { end, lastSeen, startedAt, endedAt, transitions, samples, smoke, blueSmoke, probes }: Convergence,
): SwapResult {
  const servingConfig = lastSeen?.configName ?? null;
  return {
    task,
    environment: environment.name,
    endpointName: endpointName(environment),
    release: release.id,
    image: release.spec.image,
    previousRelease: plan.previousRelease,
    outcome: end.phase,
    cause: end.phase === 'promoted' ? 'every fact was seen' : end.cause,
    servingConfig,
    servingRelease: releaseOf(environment, servingConfig),
    reason,
    ...{ startedAt, endedAt, transitions, samples, smoke, blueSmoke, probes },
    isRecorded: false,
    deployment: null,
    warnings: [],
  };
}

/** How an attempt ended, for the ledger; undefined where the next run continues it. */
function endOf(result: SwapResult, { lastSeen }: Convergence): Omit<Ended, 'kind' | 'attempt'> | undefined {
  if (result.outcome === 'interrupted') return undefined;
  const failureReason = lastSeen?.failureReason;
  return {
    outcome: result.outcome,
    cause: result.cause,
    verdict: verdictOfEnd(result),
    serves: result.servingConfig,
    ...(failureReason === undefined ? {} : { failureReason }),
    evidence: evidenceOf(result),
  };
}

/**
 * Answers of the release before: those that an earlier run recorded, or those that it gives now, while it serves.
 *
 * @throws UserError when parity is judged and the release before can't be asked.
 */
async function baselineOf(
  { task, environment, release, smokeFile, history }: SwapRequest,
  { needsUpdate, goal, unfinished }: SwapPlan,
  endpoint: EndpointView,
  ports: SwapPorts,
): Promise<Baseline> {
  // A rollback compares nothing, and must not wait for anything.
  if (task === 'rollback' || smokeFile === null) return {};
  const within = unfinished === undefined ? history : { ...history, attempts: [unfinished] };
  const recorded = keptFor(within, release.id, ({ baseline }) =>
    baseline === undefined ? undefined : unpackBaseline(baseline),
  );
  const pending = endpoint.pending?.configName;
  if (needsUpdate) {
    if (unfinished !== undefined && recorded !== undefined) return recorded;
    // A broken endpoint, or one that is being updated to another config, is refused.
    if (pending !== undefined || !(endpoint.status === 'InService' || isBusy(endpoint))) return {};
  } else if (recorded !== undefined || pending !== goal.green || goal.blue === null) {
    return recorded ?? {};
  }
  const only = needsUpdate ? null : releaseOf(environment, goal.blue);
  const isRequired = needsUpdate && smokeFile.parity !== null;
  const subject = { endpointName: endpoint.name, file: smokeFile, only, isRequired };
  return await recordBaseline(subject, ports);
}

/** The scaling target to deregister: only where the two configs have different instance types. */
async function scalingToHold(
  { environment, release }: SwapRequest,
  { unfinished, goal, needsUpdate }: SwapPlan,
  endpoint: EndpointView,
  { endpoints, autoscaling }: SwapPorts,
): Promise<ScalingSnapshot | undefined> {
  if (unfinished?.begun.scaling !== undefined) return unfinished.begun.scaling;
  const other = needsUpdate ? endpoint.configName : goal.blue;
  if (other === null) return undefined;
  const type = (await endpoints.describeConfig(other))?.variants[0]?.instanceType;
  if (type === release.spec.instanceType) return undefined;
  return await autoscaling.snapshot(scalableResourceId(environment));
}

/** What the ledger gets before anything is touched. */
function factOf(
  { task, release, leaves, accepts, acceptsServing, reason, provenance, smokeFile }: SwapRequest,
  { previousRelease }: SwapPlan,
  seen: {
    readonly endpoint: EndpointView;
    readonly baseline: Baseline;
    readonly scaling: ScalingSnapshot | undefined;
  },
): Begun {
  const { endpoint, baseline, scaling } = seen;
  return {
    kind: 'begun',
    task,
    release: release.id,
    image: release.spec.image,
    model: release.spec.model?.digest ?? null,
    ...(provenance === null ? {} : { provenance }),
    servedBefore: endpoint.configName,
    previousRelease,
    leaves,
    accepts: [...accepts],
    acceptsServing,
    reason,
    ...(scaling === undefined ? {} : { scaling }),
    ...(Object.keys(baseline).length === 0 ? {} : { baseline: packBaseline(baseline) }),
    ...(task === 'deploy' && smokeFile !== null ? { smoke: smokeFile } : {}),
  };
}

function mirrorOf({ task, environment, release }: SwapRequest) {
  return {
    environment: environment.name,
    endpoint: endpointName(environment),
    description: `${task === 'deploy' ? 'Deploying' : 'Rolling back to'} release ${release.id}`,
  };
}

function releaseOf(environment: Environment, configName: string | null): string | null {
  return configName === null ? null : (releaseIdOfConfig(environment, configName) ?? null);
}
