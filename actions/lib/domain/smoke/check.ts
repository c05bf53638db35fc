import { showAnswer, textOf, type Answer } from './answer.ts';
import { compareAnswers, compareOutputs, type Difference } from './answer-comparison.ts';
import { isCompared, recordedFor, type Baseline } from './baseline.ts';
import type { ReleaseId } from '../release/release.ts';
import type { SmokeCase, SmokeFile, Tolerance } from './cases.ts';

/** Successful and failed need evidence; without it the verdict is inconclusive. */
export type Verdict = 'successful' | 'failed' | 'inconclusive';

/** The outcome of one request of a smoke test. */
export type Probe =
  | (Answer & {
      readonly kind: 'answered';
      readonly status: number;
      readonly releaseId: string | undefined;
      readonly modelDigest?: string | undefined;
      readonly latencyMilliseconds: number;
    })
  | { readonly kind: 'failed' | 'not-asked'; readonly message: string; readonly latencyMilliseconds: number };

/** What a smoke test expects. */
export interface SmokeExpectation {
  readonly file: SmokeFile;
  /** The release that must answer; null accepts any. */
  readonly releaseId: ReleaseId | null;
  /** The model that has to be loaded, where the container says which one is; absent accepts any. */
  readonly modelDigest?: string | undefined;
  /** Answers to compare with, and how far a difference may go; a null tolerance compares without judging. */
  readonly parity: {
    readonly baseline: Baseline;
    readonly tolerance: Tolerance | null;
    /** Whether there is no verdict without the comparison. */
    readonly isRequired: boolean;
  } | null;
  /** Whether latencies are judged. */
  readonly judgesLatency: boolean;
}

/** The measures and the verdict of a smoke test. */
export interface SmokeReport {
  readonly verdict: Verdict;
  /** One line on why. */
  readonly reason: string;
  readonly requests: number;
  readonly answered: number;
  readonly failed: number;
  readonly notAsked: number;
  readonly p50Milliseconds: number | null;
  readonly p99Milliseconds: number | null;
  readonly releaseIds: readonly string[];
  readonly cases: readonly CaseReport[];
  readonly parity: ParityReport;
}

interface CaseReport {
  readonly name: string;
  /** `unanswered`: there was no answer to judge, which is neither good nor bad. */
  readonly result: 'passed' | 'failed' | 'unanswered';
  readonly detail: string;
}

interface ParityReport {
  readonly compared: number;
  readonly differing: number;
  readonly detail: string;
}

/** What is wrong with the answer to one case, or null: a definite failure, whatever comes after. */
export function problemOf(
  smoke: SmokeCase,
  probe: Probe,
  expected: Pick<SmokeExpectation, 'releaseId' | 'modelDigest'>,
): string | null {
  if (probe.kind !== 'answered') return null;
  // A refusal passes through InvokeEndpoint without custom attributes; only answers can name their release.
  if (probe.status < 300 && expected.releaseId !== null && probe.releaseId !== expected.releaseId) {
    return `answered by release ${probe.releaseId ?? 'unknown (no release-id in the custom attributes)'}, expected ${expected.releaseId}`;
  }
  const { modelDigest } = probe;
  if (expected.modelDigest !== undefined && modelDigest !== undefined && modelDigest !== expected.modelDigest) {
    return `answered by a container that loaded the model ${modelDigest}, expected ${expected.modelDigest}`;
  }
  if (!smoke.expect.status.includes(probe.status)) {
    // A container that breaks is an endpoint that fails to answer: the error budget decides.
    if (probe.status >= 500) return null;
    return `status ${probe.status}, expected ${smoke.expect.status.join(' or ')}`;
  }
  if (smoke.expect.outputs !== undefined) {
    const difference = compareOutputs(smoke.expect.outputs, probe);
    if (difference !== null) return renderDifference(difference);
  }
  if (smoke.expect.text !== undefined && smoke.expect.text.trim() !== textOf(probe)?.trim()) {
    return renderDifference({
      at: 'the answer',
      expected: showAnswer({ body: smoke.expect.text }),
      found: showAnswer(probe),
    });
  }
  return null;
}

/** Why a case that was asked once is not passed, or null; no answer is none that was expected. */
export function failureOf(
  smoke: SmokeCase,
  probe: Probe,
  expected: Pick<SmokeExpectation, 'releaseId' | 'modelDigest'>,
): string | null {
  if (probe.kind !== 'answered') return probe.message;
  if (isBroken(smoke, probe)) return `status ${probe.status}: ${showAnswer(probe)}`;
  return problemOf(smoke, probe, expected);
}

/** How the answer to a case differs from the release before, or null: a definite failure where parity is judged. */
export function parityProblemOf(smoke: SmokeCase, probe: Probe, expected: SmokeExpectation): string | null {
  if ((expected.parity?.tolerance ?? null) === null) return null;
  const difference = parityOf(smoke, probe, expected) ?? null;
  return difference === null ? null : `differs from the release before: ${renderDifference(difference)}`;
}

/** How the answer to a case differs from the release before, or null; undefined where it isn't compared. */
function parityOf(smoke: SmokeCase, probe: Probe, expected: SmokeExpectation): Difference | undefined {
  if (probe.kind !== 'answered' || expected.parity === null || !isCompared(smoke)) return undefined;
  const { baseline, tolerance } = expected.parity;
  const before = recordedFor(baseline, smoke);
  if (before?.kind !== 'answered') return undefined;
  return compareAnswers(before, probe, tolerance ?? { absolute: 0, relative: 0 });
}

/** The verdict over all probes of a smoke test, warm-up left out. */
export function judgeSmokeTest(
  expected: SmokeExpectation,
  probes: readonly { readonly smoke: SmokeCase; readonly probe: Probe }[],
): SmokeReport {
  const { file } = expected;
  const answered = probes.flatMap(({ probe }) => (probe.kind === 'answered' ? [probe] : []));
  const broken = probes.filter(({ smoke, probe }) => isBroken(smoke, probe));
  const notAsked = probes.filter(({ probe }) => probe.kind === 'not-asked');
  const latencies = answered.map(({ latencyMilliseconds }) => latencyMilliseconds).sort((a, b) => a - b);
  const [p50, p99] = [percentile(latencies, 0.5), percentile(latencies, 0.99)];
  const cases = file.cases.map((smoke) => reportCase(smoke, probes, expected));
  const parity = reportParity(probes, expected);

  const failures: string[] = cases
    .filter(({ result }) => result === 'failed')
    .map(({ name, detail }) => `case "${name}": ${detail}`);
  const asked = probes.length - notAsked.length;
  if (asked > 0 && (broken.length / asked) * 100 > file.limits.errorPercent) {
    const sample = broken[0]?.probe;
    const text = sample === undefined ? '' : sample.kind === 'answered' ? `status ${sample.status}` : sample.message;
    failures.push(
      `${broken.length} of ${asked} requests failed (budget ${file.limits.errorPercent} %), such as: ${text}`,
    );
  }
  const { p50Milliseconds, p99Milliseconds } = file.limits;
  if (expected.judgesLatency && p50 !== null && p50Milliseconds !== null && p50 > p50Milliseconds) {
    failures.push(`p50 latency ${p50} ms, at most ${p50Milliseconds} ms`);
  }
  if (expected.judgesLatency && p99 !== null && p99Milliseconds !== null && p99 > p99Milliseconds) {
    failures.push(`p99 latency ${p99} ms, at most ${p99Milliseconds} ms`);
  }
  if (parity.differing > 0 && (expected.parity?.tolerance ?? null) !== null) failures.push(`parity: ${parity.detail}`);

  const unanswered = cases.find(({ result }) => result === 'unanswered');
  const gap = parityGap(expected, parity);
  const [verdict, reason] = conclude(failures, answered.length, notAsked[0]?.probe, unanswered, gap, expected, p99);
  return {
    verdict,
    reason,
    requests: probes.length,
    answered: answered.length,
    failed: broken.length,
    notAsked: notAsked.length,
    p50Milliseconds: p50,
    p99Milliseconds: p99,
    releaseIds: [...new Set(answered.flatMap(({ releaseId }) => (releaseId === undefined ? [] : [releaseId])))],
    cases,
    parity,
  };
}

function conclude(
  failures: readonly string[],
  answered: number,
  notAsked: Probe | undefined,
  unanswered: CaseReport | undefined,
  gap: string | null,
  expected: SmokeExpectation,
  p99: number | null,
): [Verdict, string] {
  const [worst] = failures;
  if (worst !== undefined) {
    return ['failed', failures.length === 1 ? worst : `${worst} (and ${failures.length - 1} more)`];
  }
  if (answered < expected.file.minimumRequests) {
    const why =
      notAsked !== undefined && notAsked.kind !== 'answered' ? `; the probe itself fails: ${notAsked.message}` : '';
    return ['inconclusive', `${answered} of at least ${expected.file.minimumRequests} requests were answered${why}`];
  }
  // Within the error budget, but nothing is known of what this case asks.
  if (unanswered !== undefined) return ['inconclusive', `case "${unanswered.name}" was never answered`];
  if (gap !== null) return ['inconclusive', gap];
  const by = expected.releaseId === null ? '' : ` by release ${expected.releaseId}`;
  return ['successful', `${answered} requests answered${by}, p99 ${p99 ?? 0} ms`];
}

/** Why parity could not be judged although it has to be, or null. */
function parityGap({ file, parity }: SmokeExpectation, { compared }: ParityReport): string | null {
  if (parity?.isRequired !== true || parity.tolerance === null) return null;
  const asked = file.cases.filter(isCompared);
  const [unknown] = asked.filter((smoke) => recordedFor(parity.baseline, smoke) === undefined);
  const remedy = 'roll back and deploy again, or set "parity": false in the smoke case';
  if (unknown !== undefined) {
    return `parity was not judged: no answer of the release before is known for case "${unknown.name}" (${remedy})`;
  }
  const [refused] = asked.flatMap((smoke) => recordedFor(parity.baseline, smoke) ?? []);
  if (compared > 0 || refused?.kind !== 'refused') return null;
  return `parity was not judged: the release before answered no case (${refused.detail}); ${remedy}`;
}

function reportCase(
  smoke: SmokeCase,
  probes: readonly { readonly smoke: SmokeCase; readonly probe: Probe }[],
  expected: SmokeExpectation,
): CaseReport {
  const own = probes.filter((candidate) => candidate.smoke.name === smoke.name);
  const problem = own.map(({ probe }) => problemOf(smoke, probe, expected)).find((found) => found !== null);
  if (problem !== undefined) return { name: smoke.name, result: 'failed', detail: problem };
  const answered = own.filter(({ probe }) => probe.kind === 'answered' && !isBroken(smoke, probe)).length;
  if (answered === 0) return { name: smoke.name, result: 'unanswered', detail: 'not answered' };
  return { name: smoke.name, result: 'passed', detail: `${answered} answers as expected` };
}

function reportParity(
  probes: readonly { readonly smoke: SmokeCase; readonly probe: Probe }[],
  expected: SmokeExpectation,
): ParityReport {
  const byCase = new Map<string, Difference>();
  for (const { smoke, probe } of probes) {
    const difference = parityOf(smoke, probe, expected);
    if (difference !== undefined && (byCase.get(smoke.name) ?? null) === null) byCase.set(smoke.name, difference);
  }
  const differing = [...byCase].flatMap(([name, difference]) => (difference === null ? [] : [{ name, difference }]));
  const [worst] = differing;
  const detail =
    byCase.size === 0
      ? 'nothing to compare with'
      : worst === undefined
        ? `${byCase.size} answers agree with the release before`
        : `${differing.length} of ${byCase.size} answers differ from the release before, such as "${worst.name}": ${renderDifference(worst.difference)}`;
  return { compared: byCase.size, differing: differing.length, detail };
}

/** Whether the endpoint failed to answer: the error budget decides about it. */
export function isBroken(smoke: SmokeCase, probe: Probe): boolean {
  if (probe.kind === 'failed') return true;
  return probe.kind === 'answered' && probe.status >= 500 && !smoke.expect.status.includes(probe.status);
}

function renderDifference({ at, expected, found }: NonNullable<Difference>): string {
  return `${at} is ${found}, expected ${expected}`;
}

/** The value below which a share of sorted values lies (nearest rank), or null without values. */
export function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}
