import { join } from 'node:path';
import { sendJson } from '../../server/src/testing/http-client.ts';
import { median, type BenchContext } from './bench.ts';
import { runLoad, type LoadResult } from './load.ts';
import type { Running } from './processes.ts';

/** One server of a comparison. */
export interface Candidate {
  readonly name: string;
  readonly start: () => Promise<Running>;
  readonly path?: string;
  readonly bodies: readonly string[];
  /** What the first body must be answered with, so that nothing is measured that answers wrongly. */
  readonly check: (answer: unknown) => string | undefined;
}

export interface ComparisonOptions {
  readonly connections?: number;
  /** Rounds must be long against the time of one answer. */
  readonly leastSeconds?: number;
  /** What else is measured in every round, so that it meets the same machine. */
  readonly inEachRound?: (seconds: number) => Promise<void>;
}

/** Median figures by candidate; undefined for one that did not take part. */
export type ComparisonResults = (name: string) => LoadResult | undefined;

/** Starts all candidates, checks their answers, loads them one after the other for several rounds, and prints a table. */
export async function runComparison(
  context: BenchContext,
  title: string,
  candidates: readonly Candidate[],
  options: ComparisonOptions = {},
): Promise<ComparisonResults> {
  const running: { candidate: Candidate; server: Running; results: LoadResult[] }[] = [];
  try {
    for (const candidate of candidates) {
      const server = await candidate.start();
      running.push({ candidate, server, results: [] });
      await checkAnswer(candidate, server);
    }
    // The first round warms up compilers and caches, and is thrown away.
    for (let round = -1; round < context.rounds; round += 1) {
      const seconds = Math.max(options.leastSeconds ?? 0, context.secondsPerRound);
      if (round >= 0) await options.inEachRound?.(seconds);
      for (const { candidate, server, results } of running) {
        const result = await runLoad(server, {
          path: candidate.path ?? '/invocations',
          bodies: candidate.bodies,
          connections: options.connections ?? 32,
          seconds: round === -1 ? Math.min(2, seconds) : seconds,
          scratchFile: join(context.scratchDirectory, 'bodies.txt'),
        });
        if (round >= 0) results.push(result);
      }
    }
  } finally {
    for (const { server } of running) await server.stop();
  }
  const medians = new Map(running.map(({ candidate, results }) => [candidate.name, medianOf(results)]));
  context.report(renderTable(title, medians));
  return (name) => medians.get(name);
}

async function checkAnswer({ name, path = '/invocations', bodies, check }: Candidate, { url }: Running): Promise<void> {
  const { status, json } = await sendJson(url, path, JSON.parse(bodies[0] ?? 'null'));
  const problem = status === 200 ? check(json) : `status ${status}`;
  if (problem !== undefined)
    throw new Error(`${name} answers ${path} wrongly: ${problem}: ${JSON.stringify(json).slice(0, 500)}`);
}

function medianOf(results: readonly LoadResult[]): LoadResult {
  const of = (field: keyof LoadResult): number => median(results.map((result) => result[field]));
  return {
    ratePerSecond: of('ratePerSecond'),
    cpuMicrosecondsPerRequest: of('cpuMicrosecondsPerRequest'),
    p50Milliseconds: of('p50Milliseconds'),
    p99Milliseconds: of('p99Milliseconds'),
  };
}

function renderTable(title: string, medians: ReadonlyMap<string, LoadResult>): string {
  const rows = [...medians].map(
    ([name, result]) =>
      `| ${name} | ${result.ratePerSecond.toFixed(0)} | ${result.cpuMicrosecondsPerRequest.toFixed(0)} | ${result.p50Milliseconds.toFixed(2)} | ${result.p99Milliseconds.toFixed(2)} |`,
  );
  return [
    `\n${title}\n`,
    '| server | requests/s | CPU µs/request | p50 ms | p99 ms |',
    '|---|---:|---:|---:|---:|',
    ...rows,
    '',
  ].join('\n');
}

/** A check that the answer is `{"prediction": [...]}` with numbers near the expected ones. */
export function expectPrediction(
  expected: readonly number[],
  tolerance = 1e-3,
): (answer: unknown) => string | undefined {
  return (answer) => {
    const prediction =
      typeof answer === 'object' && answer !== null && 'prediction' in answer ? answer.prediction : undefined;
    const values = Array.isArray(prediction) ? (prediction as unknown[]).flat(Infinity).map(Number) : [];
    const wrong = expected.some(
      (value, index) => !(Math.abs((values[index] ?? Number.NaN) - value) <= tolerance * Math.max(1, Math.abs(value))),
    );
    return wrong || values.length !== expected.length
      ? `expected about ${JSON.stringify(expected.slice(0, 5))}`
      : undefined;
  };
}
