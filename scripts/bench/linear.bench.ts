import { ratio, type BenchContext, type BenchFamily, type Claim } from './bench.ts';
import { atLeast } from './claims.ts';
import { expectPrediction, runComparison, type Candidate } from './comparison.ts';
import { featureRows, prepareLinearModel } from './linear-model.ts';
import { nodePeer } from './node-peers.ts';
import { startOurs, startPeer, type Running } from './processes.ts';
import { uvicorn, type UvicornOptions } from './python.ts';

const family: BenchFamily = { summary: 'a linear model with 3 features against FastAPI and a Hono echo', run };
export default family;

async function run(context: BenchContext): Promise<readonly Claim[]> {
  const { sample, onnxFile, joblibFile } = await prepareLinearModel(context);
  const nextRow = featureRows(11);
  const rows = Array.from({ length: 64 }, nextRow);
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
  const ours = (processes: number): Candidate => ({
    name: `this server, ${processes} process${processes === 1 ? '' : 'es'}`,
    start: () => startOurs(context.scratchDirectory, { PROCESSES: String(processes) }),
    ...served,
  });
  const python = (name: string, application: UvicornOptions['application'], workers: number): Candidate[] => {
    if (joblibFile === undefined) return [];
    const modelFile = application === 'fastapi_onnx' ? onnxFile : joblibFile;
    const start = (): Promise<Running> => startPeer(uvicorn({ application, workers, modelFile }));
    return [{ name: `${name}, ${workers} worker${workers === 1 ? '' : 's'}`, start, ...served }];
  };

  const one = await runComparison(context, 'linear model, one process each', [
    ours(1),
    ...python('FastAPI + scikit-learn as published', 'blog', 1),
    ...python('FastAPI + scikit-learn tuned', 'tuned', 1),
    ...python('FastAPI + onnxruntime tuned', 'fastapi_onnx', 1),
    { name: 'Hono echo', start: () => startPeer(nodePeer('hono-echo')), ...echoed },
    { name: 'Hono echo, coalesced', start: () => startPeer(nodePeer('hono-echo', { COALESCE: 'true' })), ...echoed },
  ]);
  const two = await runComparison(context, 'linear model, two processes each', [
    ours(2),
    ...python('FastAPI + scikit-learn tuned', 'tuned', 2),
    ...python('FastAPI + onnxruntime tuned', 'fastapi_onnx', 2),
  ]);

  const [alone, pair] = [one('this server, 1 process'), two('this server, 2 processes')];
  const blog = one('FastAPI + scikit-learn as published, 1 worker');
  const percentOf = (name: string): number | undefined => {
    const share = ratio(alone?.ratePerSecond, one(name)?.ratePerSecond);
    return share === undefined ? undefined : 100 * share;
  };
  return [
    atLeast(
      'rate against FastAPI + scikit-learn as published, one process each',
      ratio(alone?.ratePerSecond, blog?.ratePerSecond),
      20,
    ),
    atLeast(
      'rate against FastAPI + scikit-learn tuned, two processes each',
      ratio(pair?.ratePerSecond, two('FastAPI + scikit-learn tuned, 2 workers')?.ratePerSecond),
      7,
    ),
    atLeast(
      'less CPU for a request than FastAPI + scikit-learn as published',
      ratio(blog?.cpuMicrosecondsPerRequest, alone?.cpuMicrosecondsPerRequest),
      10,
    ),
    atLeast(
      'rate against FastAPI + onnxruntime tuned, two processes each',
      ratio(pair?.ratePerSecond, two('FastAPI + onnxruntime tuned, 2 workers')?.ratePerSecond),
      4,
    ),
    atLeast('of the rate of a Hono echo without a model', percentOf('Hono echo'), 100, '%'),
    atLeast('of the rate of a Hono echo whose answers are coalesced', percentOf('Hono echo, coalesced'), 75, '%'),
  ];
}
