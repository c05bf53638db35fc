import protobuf from 'protobufjs/minimal.js';

/** Bytes that are not an ONNX model. */
export class OnnxFormatError extends Error {
  override readonly name = 'OnnxFormatError';
}

/** Wire types of protobuf that ONNX uses. https://protobuf.dev/programming-guides/encoding/ */
export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

type Reader = ReturnType<typeof protobuf.Reader.create>;

/** Reads one value of a field; false if the field has another wire type, which protobuf treats as an unknown field. */
type FieldReader = (reader: Reader, wireType: number) => boolean;

/** The readers of a message's fields by field number; other fields are skipped. */
export type FieldReaders = Readonly<Record<number, FieldReader>>;

/** Reads one message. Byte fields are views, never copies. @throws OnnxFormatError if the bytes end too early or are no message */
export function readMessage(bytes: Uint8Array, fields: FieldReaders): void {
  const reader = protobuf.Reader.create(bytes);
  try {
    while (reader.pos < reader.len) {
      const tag = reader.tag();
      const number = tag >>> 3;
      if (fields[number]?.(reader, tag & 7) !== true) reader.skipType(tag & 7, 0, number);
    }
  } catch (error) {
    if (error instanceof OnnxFormatError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new OnnxFormatError(`not an ONNX model: at byte ${reader.pos} of ${bytes.length}: ${reason}`, {
      cause: error,
    });
  }
}

const ofType =
  <T>(wireType: number, read: (reader: Reader) => T) =>
  (take: (value: T) => void): FieldReader =>
  (reader, actual) => {
    if (actual !== wireType) return false;
    take(read(reader));
    return true;
  };

const varint = (reader: Reader): number => Number(reader.int64());

/** A byte string or an encoded message, as a view. */
export const bytesField = ofType(wireTypes.bytes, (reader) => reader.bytes());
export const textField = ofType(wireTypes.bytes, (reader) => reader.string());
/** A 64-bit integer; beyond 2^53 it is rounded. */
export const integerField = ofType(wireTypes.varint, varint);
export const floatField = ofType(wireTypes.fixed32, (reader) => reader.float());

const repeated =
  <T>(single: number, read: (reader: Reader) => T) =>
  (take: (value: T) => void): FieldReader =>
  (reader, wireType) => {
    if (wireType === single) take(read(reader));
    else if (wireType !== wireTypes.bytes) return false;
    else {
      const end = reader.size() + reader.pos;
      if (end > reader.len) throw new RangeError(`a list ends at byte ${end}`);
      while (reader.pos < end) take(read(reader));
    }
    return true;
  };

/** Lists, packed or one by one: writers may choose. */
export const integersField = repeated(wireTypes.varint, varint);
export const floatsField = repeated(wireTypes.fixed32, (reader) => reader.float());
