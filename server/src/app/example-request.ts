import { elementTraits } from '../tensor/element-types.ts';
import type { InputSignature, Signature } from '../signature/signature.ts';

/** A valid body: the example of signature.json, or one generated from the shapes. */
export function exampleBody(signature: Signature, form: 'simple' | 'v2' = 'simple'): Record<string, unknown> {
  const values = new Map(signature.inputs.map((input) => [input, exampleValue(input, signature)]));
  if (form === 'v2') {
    return {
      inputs: signature.inputs.map((input) => {
        const value = values.get(input);
        return {
          name: input.name,
          shape: outline(value),
          datatype: elementTraits[input.type].v2,
          data: flatten(value),
        };
      }),
    };
  }
  const [only] = signature.inputs;
  if (only === undefined || signature.inputs.length > 1) {
    return { inputs: Object.fromEntries(signature.inputs.map((input) => [input.name, values.get(input)])) };
  }
  const value = values.get(only);
  // One row is shown without its batch dimension.
  return { features: Array.isArray(value) && value.length === 1 && only.shape.length > 1 ? value[0] : value };
}

function exampleValue(input: InputSignature, signature: Signature): unknown {
  const given = signature.example?.[input.name];
  return given ?? build(input, input.shape, 0);
}

/** Longest list of a generated example. */
const longestList = 16;

function build(input: InputSignature, shape: readonly (number | string)[], position: number): unknown {
  const [size, ...rest] = shape;
  if (size === undefined) return element(input, position);
  const length = typeof size === 'number' ? size : rest.length === shape.length - 1 && shape === input.shape ? 1 : 3;
  if (length > longestList * 16) return [];
  return Array.from({ length }, (_, index) => build(input, rest, index));
}

function element({ type, limits }: InputSignature, position: number): unknown {
  const [allowed] = limits?.values ?? [];
  if (allowed !== undefined) return allowed;
  if (type === 'string') return 'text';
  if (type === 'bool') return true;
  const range = limits?.columnRanges.get(position) ?? limits?.range;
  if (range !== undefined) return type.startsWith('float') ? (range[0] + range[1]) / 2 : Math.ceil(range[0]);
  return type.startsWith('float') ? Math.round((1.2 + 2.2 * position) * 10) / 10 : 1;
}

function outline(value: unknown): number[] {
  const shape: number[] = [];
  for (let current = value; Array.isArray(current); current = current[0]) shape.push(current.length);
  return shape;
}

function flatten(value: unknown): unknown[] {
  return Array.isArray(value) ? value.flatMap(flatten) : [value];
}
