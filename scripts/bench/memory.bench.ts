import { join } from 'node:path';
import { seededUniform } from '../../server/sample-model/random.ts';
import { ratio, type BenchContext, type BenchFamily, type Claim } from './bench.ts';
import { atMost } from './claims.ts';
import { featureRows, prepareLinearModel } from './linear-model.ts';
import { runLoad } from './load.ts';
import { residentMebibytes } from '../../server/src/testing/process-inspection.ts';
import { startOurs, startPeer, type Running } from './processes.ts';
import { uvicorn } from './python.ts';

const family: BenchFamily = {
  summary: 'resident memory, and that it stays flat over a million requests of mixed sizes',
  run,
};
export default family;

async function run(context: BenchContext): Promise<readonly Claim[]> {
  const { joblibFile } = await prepareLinearModel(context);
  const bodies = mixedBodies();
  // V8 lets its young generation grow for some hundred thousand requests; the million after them is what counts.
  const warm = context.short ? 100_000 : 500_000;
  const wanted = warm + (context.short ? 100_000 : 1_000_000);

  const blogMemory = joblibFile === undefined ? undefined : await memoryOfBlog(context, joblibFile, bodies);
  const ours = await startOurs(context.scratchDirectory, { PROCESSES: '1' });
  try {
    const early = await memoryAfter(context, ours, bodies, warm);
    const late = await memoryAfter(context, ours, bodies, wanted - warm);
    context.report(
      `resident: this server ${early.toFixed(0)} MiB after ${warm} requests, ${late.toFixed(0)} MiB after ${wanted}; FastAPI + scikit-learn as published ${blogMemory?.toFixed(0) ?? '–'} MiB after 5000`,
    );
    return [
      atMost(
        'resident memory against FastAPI + scikit-learn as published, one process each',
        ratio(late, blogMemory),
        0.95,
      ),
      atMost(`resident memory after ${wanted} requests against after ${warm}`, late / early, 1.05),
    ];
  } finally {
    await ours.stop();
  }
}

async function memoryOfBlog(context: BenchContext, modelFile: string, bodies: readonly string[]): Promise<number> {
  const blog = await startPeer(uvicorn({ application: 'blog', workers: 1, modelFile }));
  // The published design takes one row a request.
  const single = bodies.filter((body) => !body.includes('[['));
  return await memoryAfter(context, blog, single, 5000).finally(() => blog.stop());
}

/** One row mostly, sometimes up to 200. */
function mixedBodies(): string[] {
  const uniform = seededUniform(29);
  const row = featureRows(23);
  return Array.from({ length: 200 }, (_, index) => {
    const rows = index % 10 === 0 ? 1 + Math.floor(200 * uniform()) : 0;
    return JSON.stringify({ features: rows === 0 ? row() : Array.from({ length: rows }, row) });
  });
}

/** Sends at least so many requests and gives the resident memory at their end, in MiB. */
async function memoryAfter(
  context: BenchContext,
  server: Running,
  bodies: readonly string[],
  requests: number,
): Promise<number> {
  for (let sent = 0; sent < requests;) {
    const seconds = 5;
    const result = await runLoad(server, {
      path: '/invocations',
      bodies,
      connections: 32,
      seconds,
      scratchFile: join(context.scratchDirectory, 'bodies.txt'),
    });
    sent += result.ratePerSecond * seconds;
  }
  return residentMebibytes(server.pid);
}
