import { shapeOf, type ApiModel } from '../api-models/api-model.ts';
import { AwsError } from './aws-error.ts';
import { isRecord } from './validate.ts';

const serializationException = (path: string, expected: string, found: unknown) =>
  new AwsError('SerializationException', `${path}: expected ${expected}, found ${describe(found)}`);

const describe = (value: unknown) => (Array.isArray(value) ? 'a list' : value === null ? 'null' : typeof value);

/**
 * A JSON value of the wire as the handlers see it: timestamps are Dates, blobs are Buffers, null members are absent.
 * CBOR values, which bring their own Dates and bytes, pass too. Unknown members are dropped, as AWS does.
 * @throws AwsError SerializationException when a value has the wrong type.
 */
export function decodeValue(model: ApiModel, shapeName: string, value: unknown, path = 'input'): unknown {
  const shape = shapeOf(model, shapeName);
  switch (shape.type) {
    case 'structure': {
      if (!isRecord(value)) throw serializationException(path, 'a structure', value);
      const members = Object.entries(shape.members ?? {}).flatMap(([name, reference]) => {
        const member = value[name];
        if (member === undefined || member === null) return [];
        return [[name, decodeValue(model, reference.shape, member, `${path}.${name}`)] as const];
      });
      return Object.fromEntries(members);
    }
    case 'list':
      if (!Array.isArray(value)) throw serializationException(path, 'a list', value);
      return value.map((element, index) => decodeValue(model, shape.member?.shape ?? '', element, `${path}[${index}]`));
    case 'map':
      if (!isRecord(value)) throw serializationException(path, 'a map', value);
      return Object.fromEntries(
        Object.entries(value).map(([key, element]) => [
          key,
          decodeValue(model, shape.value?.shape ?? '', element, `${path}.${key}`),
        ]),
      );
    case 'string':
      if (typeof value !== 'string') throw serializationException(path, 'a string', value);
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw serializationException(path, 'a boolean', value);
      return value;
    case 'timestamp':
      if (value instanceof Date) return value;
      if (typeof value === 'number') return new Date(value * 1000);
      if (typeof value === 'string' && !Number.isNaN(Date.parse(value))) return new Date(value);
      throw serializationException(path, 'a timestamp', value);
    case 'blob':
      if (value instanceof Uint8Array) return Buffer.from(value);
      if (typeof value !== 'string') throw serializationException(path, 'base64 text', value);
      return Buffer.from(value, 'base64');
    case 'integer':
    case 'long':
      if (typeof value === 'bigint') return Number(value);
      if (typeof value !== 'number' || !Number.isInteger(value))
        throw serializationException(path, 'an integer', value);
      return value;
    case 'float':
    case 'double':
      if (typeof value !== 'number') throw serializationException(path, 'a number', value);
      return value;
  }
}

/** A handler's answer as JSON values: Dates become epoch seconds, bytes base64, undefined members vanish. */
export function encodeJson(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(encodeJson);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : [[name, encodeJson(member)]])),
  );
}

/** The value without undefined members, dates and bytes kept: what the model's rules are checked against. */
export function withoutUndefined(value: unknown): unknown {
  if (value instanceof Date || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : [[name, withoutUndefined(member)]])),
  );
}
