import type { EndpointView } from '../domain/endpoint.ts';
import { digestOf, isBusy } from '../domain/endpoint.ts';
import type { Environment, SwapStrategy } from '../domain/environment.ts';
import { describeError, UserError } from '../domain/errors.ts';
import {
  findInLedger,
  hasBegunToRollBack,
  ROLLING_BACK,
  type AttemptRecord,
  type AttemptState,
  type AttemptTask,
} from '../domain/ledger.ts';
import { endpointConfigName, endpointName, releaseIdOfConfig } from '../domain/names.ts';
import type { Pace } from '../domain/polling.ts';
import { alarmNamesOf, checkPreflight } from '../domain/preflight.ts';
import { findRelease, type Release, type ReleaseFile } from '../domain/release.ts';
import type { Baseline, SmokeExpectation, SmokeReport } from '../domain/smoke-check.ts';
import { isSuccessCase, type SmokeFile } from '../domain/smoke-cases.ts';
import { attemptStateOf, type SwapResult } from '../domain/swap-result.ts';
import { isEnd, type SwapGoal, type SwapPhase, type SwapState } from '../domain/swap.ts';
import type { Alarms } from '../ports/alarms.ts';
import type { Clock } from '../ports/clock.ts';
import type { Endpoints, EndpointUpdate } from '../ports/endpoints.ts';
import type { Invoker } from '../ports/invoker.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Registry } from '../ports/registry.ts';
import type { Reporter } from '../ports/reporter.ts';
import { convergeEndpoint } from './converge-endpoint.ts';
import { gatherPreflightFacts } from './preflight.ts';
import { recordBaseline, smokeTest } from './smoke-test.ts';

export interface SwapPorts {
  readonly endpoints: Endpoints;
  readonly invoker: Invoker;
  readonly registry: Registry;
  readonly alarms: Alarms;
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

/** How long an update may take beyond the time that SageMaker gives it, before nobody believes in it any more. */
const GRACE_MILLISECONDS = 10 * 60_000;
/** How long an endpoint may be busy with something else before a swap gives up. */
const WAIT_MILLISECONDS = 60 * 60_000;
/** How far the answers of one release may differ from one instance to another. */
const SAME_RELEASE = { absolute: 1e-6, relative: 1e-4 } as const;

/**
 * Moves an endpoint to a release and verifies it; what fails is put back where that is allowed. Both deploying and
 * rolling back by hand are this: a rollback goes all at once, without alarms, and nothing undoes it.
 *
 * @throws UserError when it is refused before anything is touched.
 */
export async function swapRelease(request: SwapRequest, ports: SwapPorts): Promise<SwapResult> {
  const { environment, release, attempts, task } = request;
  const { endpoints, reporter } = ports;
  const name = endpointName(environment);
  const green = endpointConfigName(environment, release.id);
  const endpoint = await endpoints.describe(name);
  if (endpoint === undefined) throw noEndpoint(environment);

  const findings = findInLedger(attempts, release.id);
  const unfinished = findings.unfinished;
  const goal = goalOf(request, endpoint, green);
  const previousRelease = previousReleaseOf(environment, endpoint, green, unfinished, goal.blue);
  const needsUpdate = endpoint.configName !== green && endpoint.pending?.configName !== green;
  const rolledBackBefore = goal.resumes === 'roll-back' && endpoint.configName === goal.blue;

  const plan = await planUpdate(request, endpoint, ports);
  if (needsUpdate && !rolledBackBefore && (endpoint.status === 'InService' || isBusy(endpoint))) {
    const facts = await gatherPreflightFacts(
      { environment, release, endpoint, alarmNames: plan.green.alarmNames, instances: plan.instances },
      ports,
    );
    checkPreflight(facts);
  }
  const warnings = [...request.warnings];
  if (task === 'deploy' && plan.green.alarmNames.length === 0) {
    warnings.push('no alarm guards this swap: SageMaker will not roll it back by itself');
  }
  const baseline =
    unfinished?.payload.baseline ??
    (needsUpdate && endpoint.status === 'InService' ? await recordBaseline(name, request.smokeFile, ports) : {});
  for (const warning of warnings) reporter.warning(warning);

  const entry = createEntry(request, previousRelease, baseline, unfinished, ports);
  await entry.open();

  const blueId = goal.blue === null ? undefined : releaseIdOfConfig(environment, goal.blue);
  const convergence = await convergeEndpoint(
    {
      endpointName: name,
      goal,
      updates: { green: plan.green, blue: goal.blue === null ? null : blueUpdate(plan.green, goal.blue, environment) },
      check: async (which) => {
        const expected =
          which === 'green'
            ? greenExpectation(request, baseline)
            : blueExpectation(request.smokeFile, blueId ?? null, baseline);
        return await check(name, expected, ports);
      },
      onTransition: (state, reason) => entry.follow(state, reason),
      pace: request.pace,
      patienceMilliseconds: (phase) => patience(phase, environment, request.smokeFile),
    },
    ports,
  );

  const { end } = convergence;
  const cause = end.phase === 'promoted' ? 'every fact was seen' : end.cause;
  const deployment = await entry.close(attemptStateOf(end.phase), cause);
  const serving = convergence.lastSeen?.configName ?? null;
  return {
    task,
    environment: environment.name,
    endpointName: name,
    release: release.id,
    image: release.spec.image,
    previousRelease,
    outcome: end.phase,
    cause,
    moved: convergence.updates.length > 0 || endpoint.pending?.configName === green || goal.resumes !== 'nothing',
    servingConfig: serving,
    servingRelease: serving === null ? null : (releaseIdOfConfig(environment, serving) ?? null),
    reason: request.reason,
    startedAt: convergence.startedAt,
    endedAt: convergence.endedAt,
    transitions: convergence.transitions,
    samples: convergence.samples,
    smoke: convergence.smoke,
    blueSmoke: convergence.blueSmoke,
    deployment,
    warnings: [...warnings, ...entry.warnings()],
  };
}

function goalOf(request: SwapRequest, endpoint: EndpointView, green: string): SwapGoal {
  const { environment, release, task, attempts, releaseFile } = request;
  const findings = findInLedger(attempts, release.id);
  const { unfinished } = findings;
  return {
    green,
    greenDigest: digestOf(release.spec.image) ?? '',
    blue: task === 'rollback' ? null : blueOf(),
    resumes: unfinished === undefined ? 'nothing' : hasBegunToRollBack(unfinished) ? 'roll-back' : 'swap',
    insistence: task === 'rollback' ? 'insistent' : 'careful',
  };

  function blueOf(): string | null {
    if (endpoint.configName !== green) return endpoint.configName;
    // Green serves already and was verified: whatever fails now, this run has changed nothing that it could undo.
    if (unfinished === undefined && findings.isLatestVerified) return null;
    const before = findings.before ?? findings.verified.find((id) => id !== release.id);
    return before !== undefined && findRelease(releaseFile, before) !== undefined
      ? endpointConfigName(environment, before)
      : null;
  }
}

function previousReleaseOf(
  environment: Environment,
  endpoint: EndpointView,
  green: string,
  unfinished: AttemptRecord | undefined,
  blue: string | null,
): string | null {
  if (unfinished !== undefined) return unfinished.payload.previousRelease;
  const before = endpoint.configName === green ? blue : endpoint.configName;
  return before === null ? null : (releaseIdOfConfig(environment, before) ?? null);
}

interface UpdatePlan {
  readonly green: EndpointUpdate;
  readonly instances: number;
}

async function planUpdate(request: SwapRequest, endpoint: EndpointView, { endpoints }: SwapPorts): Promise<UpdatePlan> {
  const { environment, release, task } = request;
  const current = await endpoints.describeConfig(endpoint.configName);
  const declared = current?.variants[0]?.instanceCount;
  const live = endpoint.serving.desiredInstances;
  // A fleet that autoscaling or a person has scaled keeps its size; a release that asks for another number gets it.
  const retain = environment.autoscaling !== null || declared === undefined || declared === release.spec.instanceCount;
  const strategy: SwapStrategy = task === 'rollback' ? allAtOnce(environment) : environment.swap;
  return {
    green: {
      endpointName: endpoint.name,
      configName: endpointConfigName(environment, release.id),
      strategy,
      alarmNames: task === 'rollback' ? [] : alarmNamesOf(environment, release.id),
      retainInstanceCounts: retain && live > 0,
    },
    instances: retain && live > 0 ? live : release.spec.instanceCount,
  };
}

function blueUpdate(green: EndpointUpdate, blue: string, environment: Environment): EndpointUpdate {
  return { ...green, configName: blue, strategy: allAtOnce(environment), alarmNames: [] };
}

function allAtOnce(environment: Environment): SwapStrategy {
  const { maximumExecutionTimeoutSeconds } = environment.swap;
  return { strategy: 'all-at-once', terminationWaitSeconds: 0, maximumExecutionTimeoutSeconds };
}

function greenExpectation({ smokeFile, release, task }: SwapRequest, baseline: Baseline): SmokeExpectation {
  // A person who rolls back wants another model than the one that serves: parity with it proves nothing.
  return task === 'rollback'
    ? { file: smokeFile, releaseId: release.id, parity: null, judgesLatency: false }
    : {
        file: smokeFile,
        releaseId: release.id,
        parity: { baseline, tolerance: smokeFile.parity },
        judgesLatency: true,
      };
}

/** That blue answers as it did before: its own id and its own answers, whatever this commit's cases expect of green. */
function blueExpectation(file: SmokeFile, releaseId: string | null, baseline: Baseline): SmokeExpectation {
  const recorded = file.cases.filter((smoke) => Object.hasOwn(baseline, smoke.name));
  const cases = (recorded.length > 0 ? recorded : file.cases.filter(isSuccessCase)).map((smoke) => ({
    ...smoke,
    parity: true,
    expect: { status: [200] },
  }));
  return {
    file: { ...file, cases, warmUpRequests: 0, minimumRequests: cases.length },
    releaseId,
    parity: { baseline, tolerance: SAME_RELEASE },
    judgesLatency: false,
  };
}

async function check(name: string, expected: SmokeExpectation, ports: SwapPorts): Promise<SmokeReport> {
  return await smokeTest(name, expected, ports);
}

function patience(phase: SwapPhase, { swap }: Environment, smoke: SmokeFile): number {
  switch (phase) {
    case 'updating':
    case 'rolling-back':
      return swap.maximumExecutionTimeoutSeconds * 1000 + GRACE_MILLISECONDS;
    case 'starting':
    case 'waiting':
    case 'requesting':
      return WAIT_MILLISECONDS;
    case 'verifying':
    case 'confirming':
    case 'proving-blue':
      return smoke.timeoutSeconds * 1000 + GRACE_MILLISECONDS;
    case 'promoted':
    case 'rolled-back':
    case 'inconclusive':
    case 'stuck':
    case 'refused':
    case 'interrupted':
      return 0;
  }
}

/** The attempt's entry in the ledger: statuses go out in order, and never hold up the swap. */
function createEntry(
  { task, environment, release, reason }: SwapRequest,
  previousRelease: string | null,
  baseline: Baseline,
  unfinished: AttemptRecord | undefined,
  { ledger, reporter }: SwapPorts,
) {
  const failures: string[] = [];
  let id: number | undefined = unfinished?.id;
  let queue: Promise<boolean> = Promise.resolve(true);
  const send = (state: AttemptState, description: string): void => {
    queue = queue.then(async () => {
      if (id === undefined) return false;
      try {
        await ledger.report(id, state, description, endpointName(environment));
        return true;
      } catch (error) {
        const warning = `the deployment status "${state}" was not recorded: ${describeError(error)}`;
        reporter.warning(warning);
        failures.push(warning);
        return false;
      }
    });
  };
  return {
    open: async (): Promise<void> => {
      if (id === undefined) {
        id = await ledger.open({
          environment: environment.name,
          task,
          payload: {
            release: release.id,
            previousRelease,
            image: release.spec.image,
            endpoint: endpointName(environment),
            ...(reason === null ? {} : { reason }),
            baseline,
          },
          description: `${task === 'deploy' ? 'Deploying' : 'Rolling back to'} release ${release.id}`,
        });
      } else {
        reporter.info(`continuing deployment ${id}, which an earlier run left open`);
      }
    },
    follow: (state: SwapState, why: string): void => {
      if (isEnd(state)) return;
      send(
        'in_progress',
        state.phase === 'rolling-back' ? `${ROLLING_BACK}: ${state.cause}` : `${state.phase}: ${why}`,
      );
    },
    close: async (state: AttemptState, cause: string): Promise<SwapResult['deployment']> => {
      send(state, cause);
      const recorded = await queue;
      return id === undefined || !recorded ? null : { id, state };
    },
    warnings: (): readonly string[] => failures,
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
