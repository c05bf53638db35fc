import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { trainSample } from '../../server/model/sample-model.ts';
import { seededUniform } from '../../server/model/random.ts';
import type { BenchContext, BenchFamily, Claim } from './bench.ts';
import { atLeast } from './claims.ts';
import { expectPrediction, runContest, type Contestant } from './contest.ts';
import { nodePeer } from './node-peers.ts';
import { startOurs, startPeer } from './processes.ts';
import { preparePython, runPython, uvicorn } from './python.ts';

const family: BenchFamily = { summary: 'a linear model with 3 features against FastAPI and a Hono echo', run };
export default family;

async function run(context: BenchContext): Promise<readonly Claim[]> {
  preparePython(context.report);
  const sample = trainSample({ seed: 1 });
  const onnx = join(context.scratchDirectory, 'model.onnx');
  await writeFile(onnx, sample.model);
  const joblib = join(context.scratchDirectory, 'linear.joblib');
  const weights = join(context.scratchDirectory, 'weights.json');
  await writeFile(weights, JSON.stringify({ weights: sample.weights, intercept: sample.intercept }));
  runPython('prepare.py', ['linear', weights, joblib]);

  const uniform = seededUniform(11);
  const rows = Array.from({ length: 64 }, () =>
    Array.from({ length: 3 }, () => Math.round((15 * uniform() - 5) * 100) / 100),
  );
  const bodies = rows.map((features) => JSON.stringify({ features }));
  const expected = (rows[0] ?? []).reduce(
    (total, value, column) => total + value * (sample.weights[column] ?? 0),
    sample.intercept,
  );
  const served = { bodies, check: expectPrediction([expected]) };
  const echoed = {
    bodies,
    check: (answer: unknown) => (JSON.stringify(answer) === bodies[0] ? undefined : 'expected the request'),
  };
  const ours = (processes: number): Contestant => ({
    name: `this server, ${processes} process${processes === 1 ? '' : 'es'}`,
    start: () => startOurs(context.scratchDirectory, { PROCESSES: String(processes) }),
    ...served,
  });
  const python = (name: string, application: 'blog' | 'tuned' | 'fastapi_onnx', workers: number): Contestant => ({
    name: `${name}, ${workers} worker${workers === 1 ? '' : 's'}`,
    start: () =>
      startPeer(uvicorn({ application, workers, modelFile: application === 'fastapi_onnx' ? onnx : joblib })),
    ...served,
  });

  const one = await runContest(context, 'linear model, one process each', [
    ours(1),
    python('FastAPI + scikit-learn as published', 'blog', 1),
    python('FastAPI + scikit-learn tuned', 'tuned', 1),
    python('FastAPI + onnxruntime tuned', 'fastapi_onnx', 1),
    { name: 'Hono echo', start: () => startPeer(nodePeer('hono-echo')), ...echoed },
    { name: 'Hono echo, coalesced', start: () => startPeer(nodePeer('hono-echo', { COALESCE: 'true' })), ...echoed },
  ]);
  const two = await runContest(context, 'linear model, two processes each', [
    ours(2),
    python('FastAPI + scikit-learn tuned', 'tuned', 2),
    python('FastAPI + onnxruntime tuned', 'fastapi_onnx', 2),
  ]);

  const [alone, pair] = [one('this server, 1 process'), two('this server, 2 processes')];
  const blog = one('FastAPI + scikit-learn as published, 1 worker');
  const tuned = two('FastAPI + scikit-learn tuned, 2 workers');
  const onnxruntime = two('FastAPI + onnxruntime tuned, 2 workers');
  return [
    atLeast(
      'rate against FastAPI + scikit-learn as published, one process each',
      alone.ratePerSecond / blog.ratePerSecond,
      20,
      '×',
    ),
    atLeast(
      'rate against FastAPI + scikit-learn tuned, two processes each',
      pair.ratePerSecond / tuned.ratePerSecond,
      7,
      '×',
    ),
    atLeast(
      'less CPU for a request than FastAPI + scikit-learn as published',
      blog.cpuMicrosecondsPerRequest / alone.cpuMicrosecondsPerRequest,
      10,
      '×',
    ),
    atLeast(
      'rate against FastAPI + onnxruntime tuned, two processes each',
      pair.ratePerSecond / onnxruntime.ratePerSecond,
      4,
      '×',
    ),
    atLeast(
      'of the rate of a Hono echo without a model',
      (100 * alone.ratePerSecond) / one('Hono echo').ratePerSecond,
      100,
      '%',
    ),
    atLeast(
      'of the rate of a Hono echo whose answers are coalesced',
      (100 * alone.ratePerSecond) / one('Hono echo, coalesced').ratePerSecond,
      75,
      '%',
    ),
  ];
}
