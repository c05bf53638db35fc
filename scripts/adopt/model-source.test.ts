import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readModelSource } from './model-source.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'model-source-'));
});
afterAll(async () => await rm(folder, { recursive: true }));

const pickle = (module: string): Buffer => Buffer.from(`\x80\x04\x95\x05\0\0\0\0\0\0\0\x8c\x20${module}\x94`, 'latin1');

it.each([
  { name: 'model.joblib', bytes: pickle('sklearn.linear_model._logistic'), says: /pickle of scikit-learn[^]*to_onnx/ },
  { name: 'model.pkl', bytes: pickle('lightgbm.basic'), says: /pickle of LightGBM[^]*convert_lightgbm/ },
  { name: 'model.pkl', bytes: pickle('xgboost.core'), says: /pickle of XGBoost[^]*convert_xgboost/ },
  { name: 'other.pkl', bytes: pickle('ours'), says: /a pickle\n[^]*the library that made it/ },
  { name: 'model.joblib.gz', bytes: Buffer.from([0x1f, 0x8b, 8]), says: /compressed or text pickle/ },
  { name: 'model.pt', bytes: Buffer.from('PK\x03\x04 model/data.pkl'), says: /PyTorch[^]*torch\.onnx\.export/ },
  { name: 'model.keras', bytes: Buffer.from('PK\x03\x04 config.json'), says: /Keras[^]*tf2onnx/ },
  { name: 'model.h5', bytes: Buffer.from([0x89, 0x48, 0x44, 0x46, 0x0d]), says: /HDF5[^]*tf2onnx/ },
  { name: 'saved_model.pb', bytes: Buffer.from([8, 1]), says: /SavedModel[^]*--saved-model/ },
  { name: 'model.tflite', bytes: Buffer.from('\x1c\0\0\0TFL3'), says: /TensorFlow Lite[^]*--tflite/ },
  { name: 'model.txt', bytes: Buffer.from('tree\nversion=v4\n'), says: /LightGBM[^]*Booster\(model_file/ },
  { name: 'model.json', bytes: Buffer.from('{"learner":{}}'), says: /XGBoost[^]*convert_xgboost/ },
  { name: 'model.cbm', bytes: Buffer.from('CBM1'), says: /CatBoost[^]*save_model/ },
  { name: 'model.ort', bytes: Buffer.from('\x1c\0\0\0ORTM'), says: /\.onnx file that it was converted from/ },
  { name: 'model.tar.gz', bytes: Buffer.from([0x1f, 0x8b, 8]), says: /an archive[^]*Unpack/ },
  {
    name: 'model.onnx',
    bytes: Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n'),
    says: /pointer of Git LFS[^]*git lfs pull/,
  },
  { name: 'model.onnx', bytes: Buffer.alloc(0), says: /is empty/ },
  { name: 'notes.txt', bytes: Buffer.from('not a model at all'), says: /can't be adopted|not an ONNX model/ },
])('tells of $name what it is, and how it becomes ONNX', async ({ name, bytes, says }) => {
  const file = path.join(folder, name);
  await writeFile(file, bytes);
  await expect(readModelSource(file)).rejects.toThrow(says);
});

it('takes the one ONNX file of a folder, and asks for a name where there are several', async () => {
  await expect(readModelSource(path.join(folder, 'nowhere'))).rejects.toThrow('no such file');
  const several = await mkdtemp(path.join(folder, 'several-'));
  for (const name of ['a.onnx', 'b.onnx']) await writeFile(path.join(several, name), '');
  await expect(readModelSource(several)).rejects.toThrow('several ONNX models');
});
