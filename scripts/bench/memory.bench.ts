import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { trainSample } from '../../server/model/sample-model.ts';
import { seededUniform } from '../../server/model/random.ts';
import type { BenchContext, BenchFamily, Claim } from './bench.ts';
import { atMost } from './claims.ts';
import { runLoad } from './load.ts';
import { residentMebibytes } from '../../server/proof/process-inspection.ts';
import { startOurs, startPeer, type Running } from './processes.ts';
import { preparePython, runPython, uvicorn } from './python.ts';

const family: BenchFamily = {
  summary: 'resident memory, and that it stays flat over a million requests of mixed sizes',
  run,
};
export default family;

async function run(context: BenchContext): Promise<readonly Claim[]> {
  preparePython(context.report);
  const sample = trainSample({ seed: 1 });
  await writeFile(join(context.scratchDirectory, 'model.onnx'), sample.model);
  const weights = join(context.scratchDirectory, 'weights.json');
  const joblib = join(context.scratchDirectory, 'linear.joblib');
  await writeFile(weights, JSON.stringify({ weights: sample.weights, intercept: sample.intercept }));
  runPython('prepare.py', ['linear', weights, joblib]);
  const bodies = mixedBodies();
  const wanted = context.short ? 200_000 : 1_000_000;
  // Compilers and caches have warmed up by then.
  const warm = 100_000;

  const blog = await startPeer(uvicorn({ application: 'blog', workers: 1, modelFile: joblib }));
  // The published design takes one row a request.
  const blogMemory = await memoryAfter(
    context,
    blog,
    bodies.filter((body) => !body.includes('[[')),
    5000,
  ).finally(() => blog.stop());
  const ours = await startOurs(context.scratchDirectory, { PROCESSES: '1' });
  try {
    const early = await memoryAfter(context, ours, bodies, warm);
    const late = await memoryAfter(context, ours, bodies, wanted - warm);
    context.report(
      `resident: this server ${early.toFixed(0)} MiB after ${warm} requests, ${late.toFixed(0)} MiB after ${wanted}; FastAPI + scikit-learn as published ${blogMemory.toFixed(0)} MiB after 5000`,
    );
    return [
      atMost('resident memory against FastAPI + scikit-learn as published, one process each', late / blogMemory, 0.95),
      atMost(`resident memory after ${wanted} requests against after ${warm}`, late / early, 1.05),
    ];
  } finally {
    await ours.stop();
  }
}

/** One row mostly, sometimes up to 200. */
function mixedBodies(): string[] {
  const uniform = seededUniform(23);
  const row = (): number[] => Array.from({ length: 3 }, () => Math.round((15 * uniform() - 5) * 100) / 100);
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
