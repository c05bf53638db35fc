import { ratio, type BenchContext, type BenchFamily, type Claim } from './bench.ts';
import { atLeast, atMost } from './claims.ts';
import { expectPrediction, runComparison } from './comparison.ts';
import { weightBoundNetwork } from '../../server/src/testing/networks.ts';
import { prepareNetwork } from './network-bodies.ts';
import { nodePeer } from './node-peers.ts';
import { startOurs, startPeer } from './processes.ts';
import { preparePython, uvicorn } from './python.ts';

const family: BenchFamily = { summary: 'a network with 34 MB of weights, where batching pays', run };
export default family;

async function run(context: BenchContext): Promise<readonly Claim[]> {
  const hasPython = preparePython(context.report);
  const { file, bodies, answer } = await prepareNetwork(context.scratchDirectory, weightBoundNetwork());
  const served = { bodies, check: expectPrediction(answer) };
  const standings = await runComparison(context, '34 MB of weights', [
    { name: 'this server', start: () => startOurs(context.scratchDirectory), ...served },
    { name: 'Hono, one run a request', start: () => startPeer(nodePeer('hono-run', { MODEL_FILE: file })), ...served },
    ...(hasPython ? [1, 2] : []).map((workers) => ({
      name: `FastAPI + onnxruntime tuned, ${workers}`,
      start: () => startPeer(uvicorn({ application: 'fastapi_onnx', workers, modelFile: file })),
      ...served,
    })),
  ]);
  const ours = standings('this server');
  const rate = (name: string): number | undefined => standings(name)?.ratePerSecond;
  const fastapi = [1, 2].map((workers) => rate(`FastAPI + onnxruntime tuned, ${workers}`) ?? 0);
  const bestFastapi = hasPython ? Math.max(...fastapi) : undefined;
  return [
    atLeast(
      '34 MB of weights: rate against one run a request',
      ratio(ours?.ratePerSecond, rate('Hono, one run a request')),
      3,
    ),
    atLeast(
      '34 MB of weights: rate against FastAPI + onnxruntime tuned, the better of 1 and 2 workers',
      ratio(ours?.ratePerSecond, bestFastapi),
      4,
    ),
    atMost('34 MB of weights: p99 against p50', ratio(ours?.p99Milliseconds, ours?.p50Milliseconds), 2.5),
  ];
}
