import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededUniform } from '../../server/sample-model/random.ts';
import { trainSample, type SampleModel } from '../../server/sample-model/sample-model.ts';
import type { BenchContext } from './bench.ts';
import { preparePython, runPython } from './python.ts';

/** The sample model as both sides serve it. */
export interface LinearModel {
  readonly sample: SampleModel;
  readonly onnxFile: string;
  /** The same weights in scikit-learn; undefined where Python is missing. */
  readonly joblibFile: string | undefined;
}

/** Writes the sample model into the scratch directory, as model.onnx and as a joblib file. */
export async function prepareLinearModel(context: BenchContext): Promise<LinearModel> {
  const sample = trainSample({ seed: 1 });
  const onnxFile = join(context.scratchDirectory, 'model.onnx');
  await writeFile(onnxFile, sample.model);
  if (!preparePython(context.report)) return { sample, onnxFile, joblibFile: undefined };
  const weightsFile = join(context.scratchDirectory, 'weights.json');
  await writeFile(weightsFile, JSON.stringify({ weights: sample.weights, intercept: sample.intercept }));
  const joblibFile = join(context.scratchDirectory, 'linear.joblib');
  runPython('prepare.py', ['linear', weightsFile, joblibFile]);
  return { sample, onnxFile, joblibFile };
}

/** A source of rows of features as the sample model knows them, with two decimals. */
export function featureRows(seed: number): () => number[] {
  const uniform = seededUniform(seed);
  return () => Array.from({ length: 3 }, () => Math.round((15 * uniform() - 5) * 100) / 100);
}
