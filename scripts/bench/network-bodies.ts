import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { seededUniform } from '../../server/sample-model/random.ts';

/** Writes a network as a model folder, with 16 JSON bodies for it and the answer to the first, run alone. */
export async function prepareNetwork(
  directory: string,
  network: { readonly model: Uint8Array; readonly inputs: number },
): Promise<{ file: string; bodies: string[]; answer: number[] }> {
  const file = join(directory, 'model.onnx');
  await writeFile(file, network.model);
  const uniform = seededUniform(17);
  const rows = Array.from({ length: 16 }, () =>
    Array.from({ length: network.inputs }, () => Math.round(1000 * uniform()) / 1000),
  );
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const features = new Tensor('float32', Float32Array.from(rows[0] ?? []), [1, network.inputs]);
  const { prediction } = await session.run({ features });
  await session.release();
  if (!(prediction?.data instanceof Float32Array)) throw new Error('the network has no float32 output "prediction"');
  return { file, bodies: rows.map((row) => JSON.stringify({ features: row })), answer: [...prediction.data] };
}
