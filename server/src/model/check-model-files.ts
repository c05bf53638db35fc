import { closeSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { ModelLoadError } from '../errors/model-load-error.ts';
import type { OnnxGraph, OnnxTensor } from '../onnx/onnx-model.ts';
import { readOnnxFile } from '../onnx/read-onnx-file.ts';

/** Looks for what ONNX Runtime reports badly: files that are pointers, missing or cut off. @throws ModelLoadError with what to do */
export function checkModelFiles(file: string): void {
  checkFile(file);
  const folder = path.dirname(file);
  for (const [location, end] of externalFiles(file)) {
    const data = path.join(folder, location);
    const { size } = checkFile(data, `the weights of ${file} are in ${location}, `);
    if (size >= end) continue;
    throw new ModelLoadError(
      `cannot load ${file}: ${location} has ${size} bytes, and the model needs ${end}. Copy the whole file beside the model again.`,
    );
  }
}

/**
 * The files of external data that a model names, relative to its folder, each with the bytes that the model needs of it;
 * none where the graph can't be read.
 */
export function externalFiles(file: string): ReadonlyMap<string, number> {
  const ends = new Map<string, number>();
  for (const { external } of tensorsOf(structureOf(file))) {
    if (external === undefined) continue;
    const end = external.offset + (external.length ?? 0);
    ends.set(external.location, Math.max(end, ends.get(external.location) ?? 0));
  }
  return ends;
}

/** The graph, or undefined where it can't be read: then ONNX Runtime says why. */
function structureOf(file: string): OnnxGraph | undefined {
  try {
    return readOnnxFile(file).graph;
  } catch {
    return undefined;
  }
}

function* tensorsOf(graph: OnnxGraph | undefined): Generator<OnnxTensor> {
  if (graph === undefined) return;
  yield* graph.initializers;
  for (const { attributes } of graph.nodes) {
    for (const attribute of attributes.values()) {
      if (attribute.kind === 'tensor') yield attribute.value;
      else if (attribute.kind === 'graph') yield* tensorsOf(attribute.value);
      else if (attribute.kind === 'graphs') for (const inner of attribute.value) yield* tensorsOf(inner);
    }
  }
}

const LFS_POINTER = 'version https://git-lfs.github.com/spec/';

function checkFile(file: string, why = ''): { readonly size: number } {
  let size: number;
  try {
    ({ size } = statSync(file));
  } catch (cause) {
    throw new ModelLoadError(`cannot load a model: ${why}${file} does not exist. Put it beside model.onnx.`, { cause });
  }
  if (size === 0) throw new ModelLoadError(`cannot load a model: ${file} is empty. Copy it again.`);
  const start = Buffer.alloc(LFS_POINTER.length);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, start, 0, start.length, 0);
  } finally {
    closeSync(descriptor);
  }
  if (start.toString('latin1') !== LFS_POINTER) return { size };
  throw new ModelLoadError(
    `cannot load a model: ${file} is a pointer of Git LFS and not the file. Run \`git lfs pull\` before the image is built; in a workflow give actions/checkout "lfs: true".`,
  );
}
