import { describeEndpointView, isBusy, isMaintained, type EndpointView } from '../domain/endpoint/endpoint.ts';
import type { Environment } from '../domain/environment/environment.ts';
import { describeError, UserError } from '../domain/errors/user-error.ts';
import { alarmName } from '../domain/environment/alarms.ts';
import { endpointName, releaseIdOfConfig } from '../domain/environment/names.ts';
import { ServiceError } from '../domain/errors/service-error.ts';
import { phaseLimitMilliseconds } from '../domain/swap/phase-limits.ts';
import type { Alarms } from '../ports/alarms.ts';
import type { Clock } from '../ports/clock.ts';
import type { Endpoints } from '../ports/endpoints.ts';
import type { Reporter } from '../ports/reporter.ts';

export interface AbortPorts {
  readonly endpoints: Endpoints;
  readonly alarms: Alarms;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/** The abort alarm sums over 10 s: a data point in each period keeps it in ALARM until SageMaker evaluates it. */
export const ABORT_REPEAT_MILLISECONDS = 5_000;
const POLL_MILLISECONDS = 5_000;
/** Looks at an endpoint that is Updating before what it brings has to show. */
const MOST_LOOKS = 12;

/** The result of an abort. */
export interface AbortResult {
  /** `too-late`: the update ended before SageMaker evaluated the alarm, so that its config serves. */
  readonly outcome: 'nothing-in-flight' | 'aborted' | 'too-late';
  /** The config whose update was in flight; null where none was. */
  readonly inFlight: string | null;
  /** The config that serves at the end; null where there is no endpoint. */
  readonly serving: string | null;
}

/**
 * Aborts the update in flight of an environment's endpoint, if there is one, by making its abort alarm go off: there is
 * no API that stops an update. Returns when the endpoint is at rest.
 *
 * @throws UserError when the release in flight has no abort alarm, or the update does not end.
 */
export async function abortUpdate(environment: Environment, ports: AbortPorts): Promise<AbortResult> {
  const { endpoints, alarms, clock, reporter, signal } = ports;
  const name = endpointName(environment);
  let endpoint = await untilSeen(await endpoints.describe(name), ports);
  const inFlight = endpoint?.pending?.configName;
  if (endpoint === undefined || inFlight === undefined) {
    reporter.info('no update is in flight: nothing to abort');
    return { outcome: 'nothing-in-flight', inFlight: null, serving: endpoint?.configName ?? null };
  }
  await checkAbortAlarm(environment, endpoint, inFlight, alarms);
  const start = clock.monotonic();
  // SageMaker looks at the alarm in bakes only: the machines of green are launched to the end first.
  const limitMilliseconds = phaseLimitMilliseconds('updating', environment, null);
  let asked = -Infinity;
  while (endpoint !== undefined && isBusy(endpoint)) {
    if (clock.monotonic() - start > limitMilliseconds) throw notEnding(endpoint);
    if (endpoint.pending?.configName === inFlight && clock.monotonic() - asked >= ABORT_REPEAT_MILLISECONDS) {
      await alarms.requestAbort(name, inFlight);
      asked = clock.monotonic();
      reporter.info(`asked SageMaker to roll back the update to ${inFlight}: ${describeEndpointView(endpoint)}`);
    }
    await clock.sleep(POLL_MILLISECONDS, signal);
    endpoint = await describeAgain(endpoint, ports);
  }
  const serving = endpoint?.configName ?? null;
  if (serving !== inFlight) return { outcome: 'aborted', inFlight, serving };
  reporter.warning(`the update to ${inFlight} ended before it could be aborted: that config serves now`);
  return { outcome: 'too-late', inFlight, serving };
}

/** The endpoint now, or as it was where a call failed that may work later. */
async function describeAgain(
  last: EndpointView,
  { endpoints, reporter }: AbortPorts,
): Promise<EndpointView | undefined> {
  try {
    return await endpoints.describe(last.name);
  } catch (error) {
    if (!(error instanceof ServiceError) || !error.isTransient) throw error;
    reporter.debug(describeError(error));
    return last;
  }
}

/** Looks again while an update has begun and does not show yet what it brings. */
async function untilSeen(first: EndpointView | undefined, ports: AbortPorts): Promise<EndpointView | undefined> {
  let endpoint = first;
  for (let looks = 1; looks < MOST_LOOKS; looks += 1) {
    if (endpoint === undefined || endpoint.pending !== null || !isBusy(endpoint) || isMaintained(endpoint)) break;
    await ports.clock.sleep(POLL_MILLISECONDS, ports.signal);
    endpoint = await describeAgain(endpoint, ports);
  }
  return endpoint;
}

/** @throws UserError when the update doesn't watch an alarm that can be made to go off. */
async function checkAbortAlarm(
  environment: Environment,
  { alarmNames }: EndpointView,
  configName: string,
  alarms: Alarms,
): Promise<void> {
  const release = releaseIdOfConfig(environment, configName);
  const alarm = release === undefined ? undefined : alarmName(environment, release, 'abort');
  const exists = alarm !== undefined && (await alarms.find([alarm])).length > 0;
  const isWatched = alarm !== undefined && (alarmNames === undefined || alarmNames.includes(alarm));
  if (exists && isWatched) return;
  throw new UserError({
    what: 'The update in flight cannot be aborted',
    where: `the update to ${configName}`,
    expected: alarm === undefined ? 'a release of this environment' : `the alarm ${alarm}, watched by the update`,
    found:
      alarm === undefined
        ? 'another config'
        : exists
          ? `an update that watches ${alarmNames?.join(', ') || 'no alarm'}, as a rollback by hand does`
          : 'no such alarm',
    remedy: 'Wait until the update has ended, or dispatch the rollback again with "abort" cleared: it then waits.',
  });
}

function notEnding(endpoint: EndpointView): UserError {
  return new UserError({
    what: 'The update in flight was asked to roll back and did not end',
    where: `endpoint ${endpoint.name}`,
    expected: 'InService',
    found: describeEndpointView(endpoint),
    remedy: 'See "Stuck endpoint" in docs/runbook.md.',
  });
}
