import { isCompared, requestDigest, type Baseline, type RecordedAnswer } from '../domain/smoke/baseline.ts';
import { UserError } from '../domain/errors/user-error.ts';
import type { ReleaseId } from '../domain/release/release.ts';
import {
  isBroken,
  judgeSmokeTest,
  problemOf,
  type Probe,
  type SmokeExpectation,
  type SmokeReport,
} from '../domain/smoke/check.ts';
import { bodyOf, type SmokeCase, type SmokeFile } from '../domain/smoke/cases.ts';
import type { Clock } from '../ports/clock.ts';
import type { Invoker } from '../ports/invoker.ts';

export interface SmokePorts {
  readonly invoker: Invoker;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** So many requests may stay unanswered in any smoke test, and half of them in a long one, before it gives up. */
const LEAST_REPEATED = 5;
const REPEAT_PAUSE_MILLISECONDS = 250;

/**
 * Sends the cases of a smoke test through the endpoint until there are enough answers, time is up, or a case fails for
 * good; then judges.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function smokeTest(
  endpointName: string,
  expected: SmokeExpectation,
  { invoker, clock, signal }: SmokePorts,
): Promise<SmokeReport> {
  const { cases, warmUpRequests, minimumRequests, concurrency, timeoutSeconds } = expected.file;
  const deadline = clock.monotonic() + timeoutSeconds * 1000;
  const probes: { smoke: SmokeCase; probe: Probe }[] = [];
  // Enough rounds for the minimum, and every case at least once.
  const total = Math.ceil(Math.max(minimumRequests, cases.length) / cases.length) * cases.length;
  const mostUnanswered = Math.max(LEAST_REPEATED, total / 2);
  let failed = false;
  let unanswered = 0;
  const isOver = (): boolean =>
    failed || unanswered > mostUnanswered || signal.aborted || clock.monotonic() >= deadline;
  let next = 0;
  const takeFrom = (queue: readonly SmokeCase[]): SmokeCase | undefined => (isOver() ? undefined : queue[next++]);

  const warmUp = queueOf(cases, warmUpRequests);
  await inParallel(concurrency, async () => {
    for (let smoke = takeFrom(warmUp); smoke !== undefined; smoke = takeFrom(warmUp)) {
      await ask(endpointName, smoke, invoker, signal);
    }
  });
  next = 0;
  const queue = queueOf(cases, total);
  await inParallel(concurrency, async () => {
    for (let smoke = takeFrom(queue); smoke !== undefined; smoke = takeFrom(queue)) {
      const probe = await ask(endpointName, smoke, invoker, signal);
      probes.push({ smoke, probe });
      failed ||= problemOf(smoke, probe, expected) !== null;
      if (probe.kind !== 'not-asked' && !isBroken(smoke, probe)) continue;
      // Asked again until it is answered: the error budget decides about calls that fail.
      unanswered += 1;
      queue.push(smoke);
      if (probe.kind === 'not-asked') await clock.sleep(REPEAT_PAUSE_MILLISECONDS, signal);
    }
  });
  signal.throwIfAborted();
  return judgeSmokeTest(expected, probes);
}

/** Whose answers a baseline has, and whether it has to be whole. */
export interface BaselineSubject {
  readonly endpointName: string;
  readonly file: SmokeFile;
  /** The release whose answers count while two of them may answer; null accepts all. */
  readonly only: ReleaseId | null;
  /** Whether every case has to be recorded. */
  readonly isRequired: boolean;
}

const BASELINE_TRIES = 5;
const FIRST_PAUSE_MILLISECONDS = 500;

/**
 * The answers of the release that serves now, by case: those that parity later compares with. A call that fails is made
 * again; after that, a failure of the endpoint is recorded as one, and a call that did not reach it is an error.
 *
 * @throws UserError when a case that has to be recorded could not be asked.
 * @throws the signal's reason when it is aborted.
 */
export async function recordBaseline(
  { endpointName, file, only, isRequired }: BaselineSubject,
  ports: SmokePorts,
): Promise<Baseline> {
  const deadline = ports.clock.monotonic() + file.timeoutSeconds * 1000;
  const answers = new Map<string, RecordedAnswer>();
  for (const smoke of file.cases.filter(isCompared)) {
    const isUseful = (probe: Probe): boolean =>
      probe.kind === 'answered' && probe.status < 500 && (only === null || probe.releaseId === only);
    let probe = await ask(endpointName, smoke, ports.invoker, ports.signal);
    for (let tries = 1; !isUseful(probe) && tries < BASELINE_TRIES && ports.clock.monotonic() < deadline; tries += 1) {
      await ports.clock.sleep(FIRST_PAUSE_MILLISECONDS * 2 ** (tries - 1), ports.signal);
      probe = await ask(endpointName, smoke, ports.invoker, ports.signal);
    }
    if (probe.kind === 'not-asked') {
      if (isRequired) throw withoutBaseline(endpointName, smoke, probe.message);
    } else if (only === null || (probe.kind === 'answered' && probe.releaseId === only)) {
      answers.set(smoke.name, toRecord(smoke, probe));
    }
  }
  return Object.fromEntries(answers);
}

function toRecord(smoke: SmokeCase, probe: Exclude<Probe, { kind: 'not-asked' }>): RecordedAnswer {
  const request = requestDigest(smoke);
  if (probe.kind !== 'answered') return { kind: 'refused', request, detail: probe.message };
  if (probe.status >= 300) return { kind: 'refused', request, detail: `status ${probe.status}` };
  const { body, contentType } = probe;
  return { kind: 'answered', request, body, contentType };
}

function withoutBaseline(endpointName: string, smoke: SmokeCase, found: string): UserError {
  return new UserError({
    what: 'The release that serves could not be asked for the answers that parity compares with',
    where: `endpoint ${endpointName}, case "${smoke.name}"`,
    expected: 'an answer of the endpoint',
    found,
    remedy:
      'Nothing was changed. Give the role the right to invoke the endpoint, or wait until calls are no longer throttled, and run this job again. To deploy without the comparison, set "parity" to null in the smoke cases.',
  });
}

/** Sends the request of a case to an endpoint. */
export async function ask(
  endpointName: string,
  smoke: SmokeCase,
  invoker: Invoker,
  signal: AbortSignal,
  timeoutMilliseconds?: number,
): Promise<Probe> {
  const { contentType, accept } = smoke.request;
  const timeout = timeoutMilliseconds === undefined ? {} : { timeoutMilliseconds };
  return await invoker.invoke({ endpointName, contentType, accept, body: bodyOf(smoke), ...timeout }, signal);
}

/** So many requests, the cases one after the other. */
function queueOf(cases: readonly SmokeCase[], count: number): SmokeCase[] {
  return Array.from({ length: Math.ceil(count / cases.length) }, () => cases)
    .flat()
    .slice(0, count);
}

/** Does work in so many lanes at once. */
export async function inParallel(lanes: number, work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: lanes }, work));
}
