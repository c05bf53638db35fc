import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { elementTypeNumbers, type ElementType } from '../../server/sample-model/onnx-writer.ts';
import type { BareResult } from './bare.ts';
import { readDataSets, type ConformanceCase } from './cases.ts';
import { difference } from './compare.ts';
import type { TensorValue } from './tensor.ts';

// Where Float16Array exists (Node 24), onnxruntime-node 1.30 makes it of all float16 data and then refuses it: "must be a
// typed array (4 or Float16Array) for float16 tensors, but got typed array (0)". Without it, it takes the bits, as on Node 20.
Reflect.deleteProperty(globalThis, 'Float16Array');

// A process of its own, since a case may crash the native library.
process.on('message', (message) => {
  void runCase(message as ConformanceCase).then((result) => process.send?.(result));
});

async function runCase(conformanceCase: ConformanceCase): Promise<BareResult> {
  try {
    const dataSets = readDataSets(conformanceCase);
    const session = await InferenceSession.create(join(conformanceCase.directory, 'model.onnx'), {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
    });
    const { inputNames, outputNames } = session;
    try {
      const answers: TensorValue[][] = [];
      for (const { inputs, outputs } of dataSets) {
        const feeds = Object.fromEntries(
          inputs.map((input, index) => [inputNames[index] ?? `extra_${index}`, toOrt(input)]),
        );
        const results = await session.run(feeds);
        const answer = outputNames.slice(0, outputs.length).map((name) => fromOrt(name, results[name]));
        for (const [index, expected] of outputs.entries()) {
          const actual = answer[index];
          const found = actual === undefined ? 'is missing' : difference(expected, actual);
          if (found !== undefined) return { kind: 'failed', reason: `output ${index}: ${found}` };
        }
        answers.push(answer);
      }
      return { kind: 'passed', inputNames: [...inputNames], outputNames: [...outputNames], answers };
    } finally {
      await session.release();
    }
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

function toOrt(value: TensorValue): Tensor {
  if (!(value.data instanceof Uint8Array)) return new Tensor('string', [...value.data], value.dims);
  const buffer = Uint8Array.from(value.data).buffer;
  switch (value.type) {
    case 'float32':
      return new Tensor('float32', new Float32Array(buffer), value.dims);
    case 'float64':
      return new Tensor('float64', new Float64Array(buffer), value.dims);
    case 'float16':
      return new Tensor('float16', new Uint16Array(buffer), value.dims);
    case 'int8':
      return new Tensor('int8', new Int8Array(buffer), value.dims);
    case 'int16':
      return new Tensor('int16', new Int16Array(buffer), value.dims);
    case 'int32':
      return new Tensor('int32', new Int32Array(buffer), value.dims);
    case 'int64':
      return new Tensor('int64', new BigInt64Array(buffer), value.dims);
    case 'uint8':
      return new Tensor('uint8', new Uint8Array(buffer), value.dims);
    case 'uint16':
      return new Tensor('uint16', new Uint16Array(buffer), value.dims);
    case 'uint32':
      return new Tensor('uint32', new Uint32Array(buffer), value.dims);
    case 'uint64':
      return new Tensor('uint64', new BigUint64Array(buffer), value.dims);
    case 'bool':
      return new Tensor('bool', new Uint8Array(buffer), value.dims);
    case 'bfloat16':
    case 'string':
      throw new Error(`onnxruntime-node takes no ${value.type} tensor from bytes`);
  }
}

function fromOrt(name: string, tensor: Tensor | undefined): TensorValue {
  const type = Object.keys(elementTypeNumbers).find((known): known is ElementType => known === tensor?.type);
  if (tensor === undefined || type === undefined) throw new Error(`output "${name}" is no tensor of a known type`);
  const { data } = tensor;
  if (Array.isArray(data)) return { type, dims: [...tensor.dims], data: data.map(String) };
  return { type, dims: [...tensor.dims], data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice() };
}
