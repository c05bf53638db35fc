import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeTensor, type TensorValue } from './tensor.ts';

/** A model of ONNX's backend tests and the folders with its inputs and expected outputs. */
export interface ConformanceCase {
  /** Group and name, such as `node/test_abs`. */
  readonly name: string;
  readonly directory: string;
}

export interface DataSet {
  readonly inputs: readonly TensorValue[];
  readonly outputs: readonly TensorValue[];
}

/** Lists the cases whose name contains the filter. @throws Error when the directory holds none at all. */
export function listCases(dataDirectory: string, filter = ''): ConformanceCase[] {
  const groups = existsSync(dataDirectory) ? readdirSync(dataDirectory).sort() : [];
  const cases = groups.flatMap((group) =>
    readdirSync(join(dataDirectory, group))
      .sort()
      .map((name) => ({ name: `${group}/${name}`, directory: join(dataDirectory, group, name) }))
      .filter(({ directory }) => existsSync(join(directory, 'model.onnx'))),
  );
  if (cases.length === 0) {
    throw new Error(
      `no ONNX backend cases in ${dataDirectory}: expected GROUP/CASE/model.onnx; install Debian's libonnx-testdata or name the folder with --data`,
    );
  }
  return cases.filter(({ name }) => name.includes(filter));
}

/** Reads the data sets of a case. @throws Error when it has none, or one holds something other than tensors. */
export function readDataSets({ directory }: ConformanceCase): DataSet[] {
  const folders = readdirSync(directory)
    .filter((name) => name.startsWith('test_data_set_'))
    .sort();
  if (folders.length === 0) throw new Error('the case comes without data');
  return folders.map((folder) => {
    const files = readdirSync(join(directory, folder));
    const read = (kind: 'input' | 'output'): TensorValue[] =>
      Array.from({ length: files.filter((file) => file.startsWith(`${kind}_`)).length }, (_, index) => {
        const bytes = readFileSync(join(directory, folder, `${kind}_${index}.pb`));
        return decodeTensor(bytes);
      });
    return { inputs: read('input'), outputs: read('output') };
  });
}
