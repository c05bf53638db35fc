import type { OnnxTensor } from './onnx-model.ts';
import { bytesField, integersField, readMessage } from './wire.ts';

/** TensorProto.DataType of the integers that shapes and axes have. */
const int32 = 6;
const int64 = 7;

/** The elements of a small int32 or int64 constant; undefined for other types and for elements in another file. @throws OnnxFormatError */
export function integerValues(tensor: OnnxTensor): readonly number[] | undefined {
  const { elementType, external, encoded } = tensor;
  if (external !== undefined || (elementType !== int32 && elementType !== int64)) return undefined;
  const values: number[] = [];
  const take = integersField((value) => values.push(value));
  readMessage(encoded, {
    [elementType === int32 ? 5 : 7]: take,
    9: bytesField((raw) => {
      const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
      const width = elementType === int32 ? 4 : 8;
      for (let at = 0; at + width <= raw.length; at += width) {
        values.push(elementType === int32 ? view.getInt32(at, true) : Number(view.getBigInt64(at, true)));
      }
    }),
  });
  const count = tensor.shape.reduce((product, size) => product * size, 1);
  return values.length === count ? values : undefined;
}
