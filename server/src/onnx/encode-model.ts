import protobuf from 'protobufjs/minimal.js';
import type { TensorOutput } from './tensors-behind.ts';
import { OnnxFormatError, wireTypes } from './wire.ts';

/** A field of a message as it lies in the bytes, with its tag. `value` is its content if it is a byte string or message. */
export interface EncodedField {
  readonly number: number;
  readonly whole: Uint8Array;
  readonly value: Uint8Array;
}

/** The fields of a message in their order, as views. @throws OnnxFormatError */
export function fieldsOf(bytes: Uint8Array): EncodedField[] {
  const reader = protobuf.Reader.create(bytes);
  const fields: EncodedField[] = [];
  try {
    while (reader.pos < reader.len) {
      const start = reader.pos;
      const tag = reader.tag();
      const isBytes = (tag & 7) === wireTypes.bytes;
      const value = isBytes ? reader.bytes() : bytes.subarray(0, 0);
      if (!isBytes) reader.skipType(tag & 7, 0, tag >>> 3);
      fields.push({ number: tag >>> 3, whole: bytes.subarray(start, reader.pos), value });
    }
  } catch (error) {
    throw new OnnxFormatError(`not an ONNX model: at byte ${reader.pos}: ${String(error)}`, { cause: error });
  }
  return fields;
}

/** A field with a message of the given parts: its tag and length, and the parts, which are not copied. */
export function messageField(number: number, parts: readonly Uint8Array[]): Uint8Array[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [protobuf.Writer.create().uint32(bytesTag(number)).uint32(length).finish(), ...parts];
}

/** A NodeProto of an Identity. */
export function identityNode({ source, name }: TensorOutput): Uint8Array {
  return protobuf.Writer.create()
    .uint32(bytesTag(1))
    .string(source)
    .uint32(bytesTag(2))
    .string(name)
    .uint32(bytesTag(3))
    .string(`served:${name}`)
    .uint32(bytesTag(4))
    .string('Identity')
    .finish();
}

/** A ValueInfoProto. With classes its shape is [rows, classes]; otherwise ONNX Runtime infers it. */
export function outputValue({ name, elementType, classes }: TensorOutput, rows: string): Uint8Array {
  const writer = protobuf.Writer.create().uint32(bytesTag(1)).string(name);
  if (elementType === undefined) return writer.finish();
  writer.uint32(bytesTag(2)).fork().uint32(bytesTag(1)).fork().uint32(8).int32(elementType);
  if (classes !== undefined) {
    writer.uint32(bytesTag(2)).fork();
    writer.uint32(bytesTag(1)).fork().uint32(bytesTag(2)).string(rows).ldelim();
    writer.uint32(bytesTag(1)).fork().uint32(8).int64(classes.length).ldelim();
    writer.ldelim();
  }
  return writer.ldelim().ldelim().finish();
}

function bytesTag(field: number): number {
  return (field << 3) | wireTypes.bytes;
}
