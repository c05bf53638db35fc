import autocannon from 'autocannon';
import { execFile, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { cpuMicroseconds } from '../../server/src/testing/process-inspection.ts';
import { type Running } from './processes.ts';

export interface LoadOptions {
  readonly path: string;
  /** JSON bodies, sent in turn. */
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  /** Where the bodies may be put for the load generator. */
  readonly scratchFile: string;
}

export interface LoadResult {
  readonly ratePerSecond: number;
  readonly cpuMicrosecondsPerRequest: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
}

interface Counted {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
  readonly errors: number;
}

const wrkFound = spawnSync('wrk', ['--version'], { stdio: 'ignore' }).error === undefined;

/** The installed load generator: wrk uses the least CPU, autocannon comes with npm. */
export const loadGenerator = wrkFound ? 'wrk' : 'autocannon';

/** Keeps every connection busy (a closed loop) for a while. @throws Error when any request was not answered with 2xx. */
export async function runLoad(target: Running, options: LoadOptions): Promise<LoadResult> {
  const before = cpuMicroseconds(target.pid);
  const counted = await (wrkFound ? runWrk(target.url, options) : runAutocannon(target.url, options));
  const used = cpuMicroseconds(target.pid) - before;
  if (counted.errors > 0 || counted.requests === 0) {
    throw new Error(
      `${target.url}${options.path}: ${counted.errors} of ${counted.requests} requests failed under load`,
    );
  }
  return {
    ratePerSecond: counted.requests / counted.seconds,
    cpuMicrosecondsPerRequest: used / counted.requests,
    p50Milliseconds: counted.p50Milliseconds,
    p99Milliseconds: counted.p99Milliseconds,
  };
}

async function runWrk(url: string, { path, bodies, connections, seconds, scratchFile }: LoadOptions): Promise<Counted> {
  await writeFile(scratchFile, `${bodies.join('\n')}\n`);
  const script = fileURLToPath(new URL('wrk.lua', import.meta.url));
  const stdout = await new Promise<string>((resolve, reject) => {
    execFile(
      'wrk',
      [
        '-t',
        '1',
        '-c',
        String(connections),
        '-d',
        `${seconds}s`,
        '--timeout',
        '60s',
        '-s',
        script,
        `${url}${path}`,
        '--',
        scratchFile,
      ],
      (error, output) => {
        if (error === null) resolve(output);
        else reject(new Error(`wrk against ${url}${path} failed`, { cause: error }));
      },
    );
  });
  const line = stdout.split('\n').find((text) => text.startsWith('{'));
  if (line === undefined) throw new Error(`wrk against ${url}${path} printed no result:\n${stdout}`);
  const result = JSON.parse(line) as Record<'requests' | 'microseconds' | 'p50' | 'p99' | 'errors', number>;
  return {
    requests: result.requests,
    seconds: result.microseconds / 1e6,
    p50Milliseconds: result.p50 / 1000,
    p99Milliseconds: result.p99 / 1000,
    errors: result.errors,
  };
}

async function runAutocannon(url: string, { path, bodies, connections, seconds }: LoadOptions): Promise<Counted> {
  const result = await autocannon({
    url: `${url}${path}`,
    connections,
    duration: seconds,
    timeout: 60,
    requests: bodies.map((body) => ({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body })),
  });
  return {
    requests: result['2xx'],
    seconds: result.duration,
    p50Milliseconds: result.latency.p50,
    p99Milliseconds: result.latency.p99,
    errors: result.errors + result.timeouts + result.non2xx,
  };
}
