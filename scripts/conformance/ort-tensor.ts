import { Tensor } from 'onnxruntime-node';
import { elementTypeNumbers, type ElementType } from '../../server/sample-model/onnx-writer.ts';
import type { TensorValue } from './tensor.ts';

/** A tensor for onnxruntime-node's API. @throws Error for types that it does not take from bytes */
export function toOrt(value: TensorValue): Tensor {
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

/** A tensor that onnxruntime-node's API gave. @throws Error for a value that is no tensor */
export function fromOrt(name: string, tensor: Tensor | undefined): TensorValue {
  const type = Object.keys(elementTypeNumbers).find((known): known is ElementType => known === tensor?.type);
  if (tensor === undefined || type === undefined) throw new Error(`output "${name}" is no tensor of a known type`);
  const { data } = tensor;
  if (Array.isArray(data)) return { type, dims: [...tensor.dims], data: data.map(String) };
  return { type, dims: [...tensor.dims], data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice() };
}
