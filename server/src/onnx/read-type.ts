import type { OnnxType } from './onnx-model.ts';
import { bytesField, integerField, OnnxFormatError, readMessage, textField } from './wire.ts';

/** Types of types nest at most this deep. */
const deepestType = 64;

/** A TypeProto. @throws OnnxFormatError */
export function readType(bytes: Uint8Array, depth = 0): OnnxType {
  if (depth > deepestType) throw new OnnxFormatError(`types are nested deeper than ${deepestType}`);
  let type: OnnxType = { kind: 'other' };
  readMessage(bytes, {
    1: bytesField((value) => (type = readTensorType(value))),
    4: bytesField((value) => (type = { kind: 'sequence', of: readInner(value, 1, depth) })),
    5: bytesField((value) => (type = { kind: 'map', keyType: readKeyType(value), value: readInner(value, 2, depth) })),
    9: bytesField((value) => (type = { kind: 'optional', of: readInner(value, 1, depth) })),
  });
  return type;
}

function readInner(bytes: Uint8Array, field: number, depth: number): OnnxType | undefined {
  let inner: OnnxType | undefined;
  readMessage(bytes, { [field]: bytesField((value) => (inner = readType(value, depth + 1))) });
  return inner;
}

function readKeyType(bytes: Uint8Array): number {
  let keyType = 0;
  readMessage(bytes, { 1: integerField((value) => (keyType = value)) });
  return keyType;
}

function readTensorType(bytes: Uint8Array): OnnxType {
  let elementType = 0;
  let shape: (number | string)[] | undefined;
  readMessage(bytes, {
    1: integerField((value) => (elementType = value)),
    2: bytesField((value) => (shape = readShape(value))),
  });
  return { kind: 'tensor', elementType, shape };
}

function readShape(bytes: Uint8Array): (number | string)[] {
  const shape: (number | string)[] = [];
  readMessage(bytes, {
    1: bytesField((value) => {
      let dimension: number | string = '';
      readMessage(value, {
        1: integerField((size) => (dimension = size)),
        2: textField((name) => (dimension = name)),
      });
      shape.push(dimension);
    }),
  });
  return shape;
}
