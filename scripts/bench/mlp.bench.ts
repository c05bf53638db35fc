import type { BenchContext, BenchFamily, Claim } from './bench.ts';
import { atLeast, atMost } from './claims.ts';
import { expectPrediction, runContest } from './contest.ts';
import { weightBoundNetwork } from './models.ts';
import { prepareNetwork } from './network-bodies.ts';
import { nodePeer } from './node-peers.ts';
import { startOurs, startPeer } from './processes.ts';
import { preparePython, uvicorn } from './python.ts';

const family: BenchFamily = { summary: 'a network with 34 MB of weights, where batching pays', run };
export default family;

async function run(context: BenchContext): Promise<readonly Claim[]> {
  preparePython(context.report);
  const { file, bodies, answer } = await prepareNetwork(context.scratchDirectory, weightBoundNetwork());
  const served = { bodies, check: expectPrediction(answer) };
  const standings = await runContest(context, '34 MB of weights', [
    { name: 'this server', start: () => startOurs(context.scratchDirectory), ...served },
    { name: 'Hono, one run a request', start: () => startPeer(nodePeer('hono-run', { MODEL_FILE: file })), ...served },
    {
      name: 'FastAPI + onnxruntime tuned, 1 worker',
      start: () => startPeer(uvicorn({ application: 'fastapi_onnx', workers: 1, modelFile: file })),
      ...served,
    },
    {
      name: 'FastAPI + onnxruntime tuned, 2 workers',
      start: () => startPeer(uvicorn({ application: 'fastapi_onnx', workers: 2, modelFile: file })),
      ...served,
    },
  ]);
  const ours = standings('this server');
  const rate = (name: string): number => standings(name).ratePerSecond;
  return [
    atLeast(
      '34 MB of weights: rate against one run a request',
      ours.ratePerSecond / rate('Hono, one run a request'),
      3,
    ),
    atLeast(
      '34 MB of weights: rate against FastAPI + onnxruntime tuned, the better of 1 and 2 workers',
      ours.ratePerSecond /
        Math.max(rate('FastAPI + onnxruntime tuned, 1 worker'), rate('FastAPI + onnxruntime tuned, 2 workers')),
      4,
    ),
    atMost('34 MB of weights: p99 against p50', ours.p99Milliseconds / ours.p50Milliseconds, 2.5),
  ];
}
