import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encodeModel } from '../../server/sample-model/onnx-writer.ts';
import { classifierShapes, tabularClassifier } from '../../server/src/testing/tabular-classifiers.ts';
import { elements } from './tensor.ts';
import type { NamedTensor } from './v2.ts';
import { installPackage } from './zoo-install.ts';
import type { ZooPackage } from './zoo-models.ts';

/** A model to compare with bare onnxruntime-node. */
export interface Specimen {
  readonly name: string;
  readonly what: string;
  /** The folder that the server gets. */
  readonly directory: string;
  /** The file that onnxruntime-node alone gets: it hands out no ZipMap. */
  readonly bareFile: string;
  /** Shapes of one row by input; undefined takes the model's, with 1 for an open dimension. */
  readonly shapes: Readonly<Record<string, readonly number[]>> | undefined;
}

/** Installs a package and gives each of its models a folder of its own. */
export async function specimensOfPackage(zooPackage: ZooPackage, folder: string): Promise<Specimen[]> {
  const root = await installPackage(zooPackage, folder);
  return await Promise.all(
    zooPackage.models.map(async ({ file, what, inputs }) => {
      const name = `${zooPackage.package}/${path.basename(file, '.onnx')}`;
      const directory = path.join(folder, 'models', name.replaceAll('/', '+'));
      await mkdir(directory, { recursive: true });
      const bareFile = path.join(directory, 'model.onnx');
      await cp(path.join(root, file), bareFile);
      return { name, what, directory, bareFile, shapes: inputs };
    }),
  );
}

/** Classifiers with a ZipMap for all kinds of labels, inputs and models. */
export async function classifierSpecimens(folder: string): Promise<Specimen[]> {
  return await Promise.all(
    classifierShapes.map(async (shape) => {
      const name = `classifier/${shape.kind}-${shape.labels}-${shape.input}-${shape.classes}`;
      const directory = path.join(folder, 'models', name.replaceAll('/', '+'));
      await mkdir(directory, { recursive: true });
      const served = tabularClassifier(shape);
      const bare = tabularClassifier({ ...shape, hasZipMap: false });
      const bareFile = path.join(directory, 'bare', 'model.onnx');
      await mkdir(path.dirname(bareFile));
      await writeFile(path.join(directory, 'model.onnx'), encodeModel(served.graph, served.options));
      await writeFile(bareFile, encodeModel(bare.graph, bare.options));
      return { name, what: 'classifier with ZipMap', directory, bareFile, shapes: undefined };
    }),
  );
}

/** Writes a signature.json with a request as the example, as the owner of a model does. */
export async function writeExample(directory: string, request: readonly NamedTensor[]): Promise<void> {
  const example = Object.fromEntries(
    request.map(({ name, tensor }) => [name, nest(elements(tensor).map(Number), tensor.dims)]),
  );
  await writeFile(path.join(directory, 'signature.json'), JSON.stringify({ example }));
}

function nest(values: readonly number[], shape: readonly number[]): unknown {
  const [size, ...rest] = shape;
  if (size === undefined) return values[0];
  const stride = values.length / size;
  return Array.from({ length: size }, (_, index) => nest(values.slice(index * stride, (index + 1) * stride), rest));
}
