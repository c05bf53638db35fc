import { isObject, type JsonObject } from './json-values.ts';
import { describeValue, invalid, type Location } from '../errors/problem.ts';

/** Values that mean the same as no parameter: some clients send them always. */
const neutralValues: Readonly<Record<string, readonly unknown[]>> = {
  sequence_id: [0, ''],
  sequence_start: [false],
  sequence_end: [false],
  priority: [0],
  timeout: [0],
  classification: [0],
};

/**
 * The parameters of a request, an input or an output. A parameter that is not among `supported` would change the answer,
 * and is refused. @throws Problem 422
 */
export function readParameters(holder: JsonObject, supported: readonly string[], loc: Location): JsonObject {
  const parameters = holder['parameters'];
  if (parameters === undefined || parameters === null) return {};
  const place = [...loc, 'parameters'];
  if (!isObject(parameters)) throw invalid(place, `must be an object, got ${describeValue(parameters)}`, 'object_type');
  for (const [name, value] of Object.entries(parameters)) {
    if (supported.includes(name)) continue;
    if (Object.hasOwn(neutralValues, name) && neutralValues[name]?.includes(value) === true) continue;
    const known = supported.map((each) => `"${each}"`).join(', ');
    const msg = `the parameter "${name.slice(0, 100)}" is not supported here; supported: ${known}`;
    throw invalid([...place, name], msg, 'extra_forbidden');
  }
  return parameters;
}

/** A parameter that is true or false; undefined if it is not given. @throws Problem 422 */
export function flagOf(parameters: JsonObject, name: string, loc: Location): boolean | undefined {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalid([...loc, 'parameters', name], `must be true or false, got ${describeValue(value)}`, 'bool_type');
}

/** A parameter that is a count of bytes; undefined if it is not given. @throws Problem 422 */
export function byteCountOf(parameters: JsonObject, name: string, loc: Location): number | undefined {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)) return value;
  throw invalid([...loc, 'parameters', name], `must be a count of bytes, got ${describeValue(value)}`, 'int_type');
}

/** Checks that an object of a request has no other fields: a mistyped one would be ignored. @throws Problem 422 */
export function demandFields(holder: JsonObject, allowed: readonly string[], loc: Location): void {
  const unknown = Object.keys(holder).find((name) => !allowed.includes(name));
  if (unknown === undefined) return;
  const known = allowed.map((name) => `"${name}"`).join(', ');
  throw invalid([...loc, unknown], `there is no field "${unknown.slice(0, 100)}"; known are ${known}`, 'extra_forbidden');
}
