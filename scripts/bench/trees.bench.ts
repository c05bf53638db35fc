import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ratio, type BenchContext, type BenchFamily, type Claim } from './bench.ts';
import { atLeast } from './claims.ts';
import { expectPrediction, runComparison, type Candidate } from './comparison.ts';
import { readBoostedTrees } from './models.ts';
import { startOurs, startPeer } from './processes.ts';
import { preparePython, runPython, uvicorn } from './python.ts';

const family: BenchFamily = { summary: '100 boosted trees on 30 features against FastAPI', run };
export default family;

async function run(context: BenchContext): Promise<readonly Claim[]> {
  // scikit-learn fits the trees: without it there is nothing to compare.
  if (!preparePython(context.report))
    return [atLeast('boosted trees: rate against FastAPI + scikit-learn tuned', undefined, 10)];
  const joblib = join(context.scratchDirectory, 'trees.joblib');
  const dump = join(context.scratchDirectory, 'trees.json');
  runPython('prepare.py', ['trees', joblib, dump]);
  const { model, samples, answers } = await readBoostedTrees(dump);
  const onnx = join(context.scratchDirectory, 'model.onnx');
  await writeFile(onnx, model);
  const bodies = samples.map((features) => JSON.stringify({ features }));
  const served = { bodies, check: expectPrediction(answers.slice(0, 1)) };
  const ours = (processes: number): Candidate => ({
    name: `this server, ${processes}`,
    start: () => startOurs(context.scratchDirectory, { PROCESSES: String(processes) }),
    ...served,
  });
  const python = (name: string, application: 'tuned' | 'fastapi_onnx', workers: number): Candidate => ({
    name: `${name}, ${workers}`,
    start: () => startPeer(uvicorn({ application, workers, modelFile: application === 'tuned' ? joblib : onnx })),
    ...served,
  });
  const standings = await runComparison(context, 'boosted trees; the number is that of processes', [
    ours(1),
    python('FastAPI + scikit-learn tuned', 'tuned', 1),
    ours(2),
    python('FastAPI + scikit-learn tuned', 'tuned', 2),
    python('FastAPI + onnxruntime tuned', 'fastapi_onnx', 2),
  ]);
  const rate = (name: string): number | undefined => standings(name)?.ratePerSecond;
  return [
    atLeast(
      'boosted trees: rate against FastAPI + scikit-learn tuned, one process each',
      ratio(rate('this server, 1'), rate('FastAPI + scikit-learn tuned, 1')),
      10,
    ),
    atLeast(
      'boosted trees: rate against FastAPI + scikit-learn tuned, two processes each',
      ratio(rate('this server, 2'), rate('FastAPI + scikit-learn tuned, 2')),
      10,
    ),
    atLeast(
      'boosted trees: rate against FastAPI + onnxruntime tuned, two processes each',
      ratio(rate('this server, 2'), rate('FastAPI + onnxruntime tuned, 2')),
      4,
    ),
  ];
}
