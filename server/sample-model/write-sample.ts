import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { trainSample, type SampleModel, type TrainingOptions } from './sample-model.ts';

/** Trains a sample model into a folder that is made where it is missing: `model.onnx` and its golden cases. */
export async function writeSample(directory: string, options: TrainingOptions): Promise<SampleModel> {
  const sample = trainSample(options);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'model.onnx'), sample.model);
  await writeFile(join(directory, 'golden.json'), `${JSON.stringify(sample.golden, undefined, 2)}\n`);
  return sample;
}
