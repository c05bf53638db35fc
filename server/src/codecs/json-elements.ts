import { float16ToNumber, numberToFloat16 } from '../tensor/float16.ts';
import { exactInteger } from './lossless-json.ts';
import { describeValue, invalid, type Location, type Problem } from '../errors/problem.ts';
import { integerLimits, type ElementType, type TensorData } from '../tensor/element-types.ts';

/** Writes one JSON value into tensor data; returns false if the value does not fit the element type. */
export type ElementWriter = (data: TensorData, index: number, value: unknown) => boolean;

const specialNumbers = new Map<unknown, number>([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

// Doubles from here on round to an infinite float32: half a step above the largest float32.
const float32Limit = 3.4028235677973366e38;

/** The double of a finite number, of the name of a special number, or of a marked long integer. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  const special = specialNumbers.get(value);
  if (special !== undefined) return special;
  const exact = exactInteger(value);
  return exact === undefined ? undefined : Number(exact);
}

function writeFloat(limit: number): ElementWriter {
  return (data, index, value) => {
    const number = numberOf(value);
    if (number === undefined || !(data instanceof Float32Array || data instanceof Float64Array)) return false;
    if (Math.abs(number) >= limit && Number.isFinite(number)) return false;
    data[index] = number;
    return true;
  };
}

function writeInteger(type: ElementType): ElementWriter {
  const [minimum, maximum] = integerLimits[type] ?? [0, 0];
  return (data, index, value) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < minimum || value > maximum) return false;
    data[index] = value;
    return true;
  };
}

function writeBigInteger(minimum: bigint, maximum: bigint): ElementWriter {
  return (data, index, value) => {
    const integer = typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : exactInteger(value);
    if (integer === undefined || integer < minimum || integer > maximum) return false;
    data[index] = integer;
    return true;
  };
}

/** The writers by element type. */
export const elementWriters: Readonly<Record<ElementType, ElementWriter>> = {
  float32: writeFloat(float32Limit),
  float64: writeFloat(Infinity),
  float16: (data, index, value) => {
    const number = numberOf(value);
    if (number === undefined || (Math.abs(number) >= 65520 && Number.isFinite(number))) return false;
    data[index] = numberToFloat16(number);
    return true;
  },
  uint8: writeInteger('uint8'),
  int8: writeInteger('int8'),
  uint16: writeInteger('uint16'),
  int16: writeInteger('int16'),
  int32: writeInteger('int32'),
  uint32: writeInteger('uint32'),
  int64: writeBigInteger(-(2n ** 63n), 2n ** 63n - 1n),
  uint64: writeBigInteger(0n, 2n ** 64n - 1n),
  bool: (data, index, value) => {
    if (typeof value !== 'boolean') return false;
    data[index] = value ? 1 : 0;
    return true;
  },
  string: (data, index, value) => {
    if (typeof value !== 'string' || !isWhole(value)) return false;
    data[index] = value;
    return true;
  },
};

/**
 * True if ONNX Runtime gets the text as it is: the binding for Node ends it at a NUL, and replaces half of a surrogate
 * pair.
 */
function isWhole(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** @throws Problem 422 for a text that the model would not get as it is */
export function demandWhole(text: string, loc: Location, name: string): void {
  if (!isWhole(text)) throw wrongElement('string', text, loc, name);
}

const expectations: Readonly<Record<ElementType, string>> = {
  float32: 'a number within the range of float32',
  float64: 'a number within the range of float64',
  float16: 'a number within the range of float16 (-65504 to 65504)',
  uint8: 'an integer from 0 to 255',
  int8: 'an integer from -128 to 127',
  uint16: 'an integer from 0 to 65535',
  int16: 'an integer from -32768 to 32767',
  int32: 'an integer from -2147483648 to 2147483647',
  uint32: 'an integer from 0 to 4294967295',
  int64: 'an integer from -9223372036854775808 to 9223372036854775807',
  uint64: 'an integer from 0 to 18446744073709551615',
  bool: 'true or false',
  string: 'a string',
};

/** The problem of a value that does not fit its element type. */
export function wrongElement(type: ElementType, value: unknown, loc: Location, name: string): Problem {
  const exact = exactInteger(value);
  const got = exact === undefined ? describeValue(value) : String(exact);
  const isKind = type === 'string' || type === 'bool' ? false : typeof value === 'number' || exact !== undefined;
  const hint =
    value === null && type.startsWith('float')
      ? ' (for a missing value send the string "NaN")'
      : type === 'string' && typeof value === 'string' && exact === undefined
        ? ' (the model would get a text with U+0000 or half a surrogate pair changed)'
        : '';
  return invalid(
    loc,
    `${name} must be ${expectations[type]}, got ${got}${hint}`,
    isKind ? 'out_of_range' : `${type}_type`,
    expectations[type],
    got,
  );
}

/** The JSON text of one element. Not-finite numbers are strings; integers are exact whatever their size. */
export function renderElement(type: ElementType, element: number | bigint | string): string {
  switch (type) {
    case 'string':
      return JSON.stringify(element);
    case 'bool':
      return element === 0 ? 'false' : 'true';
    case 'float16':
      return renderNumber(float16ToNumber(Number(element)));
    case 'float32':
    case 'float64':
      return renderNumber(Number(element));
    case 'uint8':
    case 'int8':
    case 'uint16':
    case 'int16':
    case 'int32':
    case 'uint32':
    case 'int64':
    case 'uint64':
      return String(element);
  }
}

/** A double as JSON: -0 keeps its sign, NaN and infinities are strings. */
export function renderNumber(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0';
  return value - value === 0 ? String(value) : `"${value}"`;
}
