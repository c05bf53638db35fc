import {
  judgeSmokeTest,
  problemOf,
  type Probe,
  type SmokeExpectation,
  type SmokeReport,
} from '../domain/smoke-check.ts';
import { isCompared, requestDigest, type Baseline, type RecordedAnswer } from '../domain/baseline.ts';
import { bodyOf, type SmokeCase, type SmokeFile } from '../domain/smoke-cases.ts';
import type { Clock } from '../ports/clock.ts';
import type { Invoker } from '../ports/invoker.ts';

export interface SmokePorts {
  readonly invoker: Invoker;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

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
  let next = 0;
  let failed = false;
  const work = async (count: number, record: (smoke: SmokeCase, probe: Probe) => void): Promise<void> => {
    while (next < count && !failed && clock.monotonic() < deadline) {
      const smoke = cases[next % cases.length];
      next += 1;
      if (smoke === undefined) return;
      record(smoke, await ask(endpointName, smoke, invoker, signal));
    }
  };
  await inParallel(concurrency, async () => await work(warmUpRequests, () => undefined));
  next = 0;
  await inParallel(
    concurrency,
    async () =>
      await work(total, (smoke, probe) => {
        probes.push({ smoke, probe });
        failed ||= problemOf(smoke, probe, expected) !== null;
      }),
  );
  signal.throwIfAborted();
  return judgeSmokeTest(expected, probes);
}

/**
 * The answers of the release that serves now, by case: those that parity is later held against. A case that isn't
 * answered with a 2XX status is left out.
 *
 * @throws the signal's reason when it is aborted.
 */
export async function recordBaseline(
  endpointName: string,
  file: SmokeFile,
  { invoker, signal }: SmokePorts,
): Promise<Baseline> {
  const answers = new Map<string, RecordedAnswer>();
  for (const smoke of file.cases.filter(isCompared)) {
    const probe = await ask(endpointName, smoke, invoker, signal);
    if (probe.kind !== 'answered' || probe.status >= 300) continue;
    const { body, contentType } = probe;
    answers.set(smoke.name, { kind: 'answered', request: requestDigest(smoke), body, contentType });
  }
  return Object.fromEntries(answers);
}

async function ask(endpointName: string, smoke: SmokeCase, invoker: Invoker, signal: AbortSignal): Promise<Probe> {
  const { contentType, accept } = smoke.request;
  return await invoker.invoke({ endpointName, contentType, accept, body: bodyOf(smoke) }, signal);
}

async function inParallel(lanes: number, work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: lanes }, work));
}
