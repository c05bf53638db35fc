import { open, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { readContentFile } from '../../actions/lib/adapters/checkout/content-file.ts';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import { checkModelFiles, externalFiles } from '../../server/src/model/check-model-files.ts';
import { readOnnxFile } from '../../server/src/onnx/read-onnx-file.ts';
import { otherFormat, type OtherFormat } from './other-formats.ts';

/** The files of a model by their names in the model's folder. */
export type ModelFiles = ReadonlyMap<string, Buffer>;

const FORMAT_BYTES = 64 * 1024;

/**
 * Reads a model from where its owner keeps it: model.onnx, its external data, and a signature.json beside it.
 *
 * @param given an ONNX file of any name, or a folder with one
 * @throws UserError for anything else; for a model of another format it says how to export it.
 */
export async function readModelSource(given: string): Promise<ModelFiles> {
  const file = await modelFileOf(given);
  const format = otherFormat(path.basename(file), await startOf(file));
  if (format !== undefined) throw notOnnx(file, format);
  try {
    checkModelFiles(file);
    readOnnxFile(file);
  } catch (cause) {
    throw new UserError({
      what: `${file} can't be adopted`,
      where: file,
      expected: 'a whole ONNX model, with its external data beside it',
      found: cause instanceof Error ? cause.message : String(cause),
      remedy: 'Export it again, or copy all of its files.',
      cause,
    });
  }
  const folder = path.dirname(file);
  const files = new Map([['model.onnx', await readFile(file)]]);
  for (const location of externalFiles(file).keys()) {
    if (path.isAbsolute(location) || location.split(/[\\/]/).includes('..')) throw outside(file, location);
    files.set(location, await readFile(path.join(folder, location)));
  }
  const signature = await readContentFile(folder, 'signature.json');
  if (signature !== undefined) files.set('signature.json', Buffer.from(signature.text));
  return files;
}

async function modelFileOf(given: string): Promise<string> {
  const found = await stat(given).catch((cause: unknown) => {
    throw new UserError({
      what: 'The model file is not there',
      where: given,
      expected: 'an ONNX file',
      found: 'no such file',
      remedy: 'Give its path to --model.',
      cause,
    });
  });
  if (!found.isDirectory()) return given;
  const names = await readdir(given);
  const models = names.filter((name) => name.endsWith('.onnx'));
  const [only] = models.includes('model.onnx') ? ['model.onnx'] : models;
  if (only !== undefined && (models.length === 1 || only === 'model.onnx')) return path.join(given, only);
  if (names.includes('saved_model.pb')) return path.join(given, 'saved_model.pb');
  throw new UserError({
    what: `The folder ${given} has ${models.length === 0 ? 'no ONNX model' : 'several ONNX models'}`,
    where: given,
    expected: 'model.onnx, or one file that ends in .onnx',
    found: names.slice(0, 10).join(', ') || 'an empty folder',
    remedy: 'Give the file itself to --model.',
  });
}

async function startOf(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(FORMAT_BYTES), 0, FORMAT_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function notOnnx(file: string, { found, remedy }: OtherFormat): UserError {
  return new UserError({ what: `${file} is not an ONNX model`, where: file, expected: 'an ONNX file', found, remedy });
}

function outside(file: string, location: string): UserError {
  return new UserError({
    what: `${file} keeps weights outside its folder`,
    where: file,
    expected: 'external data beside the model',
    found: location,
    remedy:
      'Save the model again with `onnx.save_model(model, "model.onnx", save_as_external_data=True, location="model.onnx.data")`.',
  });
}
