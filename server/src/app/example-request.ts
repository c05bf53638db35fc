import type { AppContext } from './context.ts';
import { infer, type InferenceRequest } from './inference.ts';
import type { Reply } from '../codecs/codec.ts';
import { Problem } from '../errors/problem.ts';
import type { ServedModel } from '../model/served-model.ts';
import type { InputSignature, Signature } from '../signature/signature.ts';
import { elementTraits } from '../tensor/element-types.ts';
import { elementCount } from '../tensor/tensor.ts';

/** Bodies that the model has answered. */
export interface ExampleBodies {
  readonly simple: Json;
  readonly v2: Json;
}

type Json = Readonly<Record<string, unknown>>;

/** Most elements of an example: a person reads it. */
const mostElements = 4096;

/** Sizes to try for open dimensions, that of rows excepted. */
const openSizes = [3, 1, 2, 4, 5, 6, 7, 8, 10, 16, 32, 64, 128, 224];

const known = new WeakMap<ServedModel, Promise<ExampleBodies | undefined>>();

/**
 * An example request that the model has answered with 200: the example of signature.json, else one made from the types,
 * limits and shapes. Undefined if the model answered none. It runs the model when it is first asked for.
 */
export async function exampleBodies(model: ServedModel, context: AppContext): Promise<ExampleBodies | undefined> {
  const found = known.get(model) ?? findExample(model, context);
  known.set(model, found);
  try {
    return await found;
  } catch {
    // The server was too busy to tell; the next one who asks tries again.
    known.delete(model);
    return undefined;
  }
}

async function findExample(model: ServedModel, context: AppContext): Promise<ExampleBodies | undefined> {
  const { signature } = model;
  const isOpen = signature.inputs.some(({ shape }) => shape.some((size, axis) => axis > 0 && typeof size === 'string'));
  for (const size of isOpen && signature.example === undefined ? openSizes : openSizes.slice(0, 1)) {
    const values = signature.inputs.map((input) => signature.example?.[input.name] ?? build(input, size));
    if (values.includes(undefined)) continue;
    const bodies = { simple: simpleBody(signature, values), v2: v2Body(signature, values) };
    if (await runs(bodies.simple, model, context)) return bodies;
  }
  return undefined;
}

/** @throws Problem if the server cannot run the model now */
async function runs(body: Json, model: ServedModel, { policy, configuration, now }: AppContext): Promise<boolean> {
  const request: InferenceRequest = {
    protocol: 'predict',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(body)),
    deadline: now() + configuration.requestTimeoutSeconds * 1000,
    isAbandoned: () => false,
  };
  const result = await new Promise<Reply | Problem>((resolve) => {
    try {
      infer(request, model, policy, resolve);
    } catch (error) {
      resolve(error instanceof Problem ? error : new Problem(500, String(error)));
    }
  });
  if (!(result instanceof Problem)) return true;
  if (result.status === 429 || result.status === 503) throw result;
  return false;
}

function simpleBody({ inputs }: Signature, values: readonly unknown[]): Json {
  const [only] = inputs;
  if (only === undefined || inputs.length > 1) {
    return { inputs: Object.fromEntries(inputs.map(({ name }, index) => [name, values[index]])) };
  }
  const [value] = values;
  // One row is shown without its batch dimension.
  return { features: Array.isArray(value) && value.length === 1 && only.shape.length > 1 ? value[0] : value };
}

function v2Body({ inputs }: Signature, values: readonly unknown[]): Json {
  return {
    inputs: inputs.map(({ name, type }, index) => ({
      name,
      shape: outline(values[index]),
      datatype: elementTraits[type].v2,
      data: flatten(values[index]),
    })),
  };
}

/** Nested lists of the input's shape with one row, or undefined if they are too long to be read. */
function build(input: InputSignature, openSize: number): unknown {
  const shape = input.shape.map((size, axis) => (typeof size === 'number' ? size : axis === 0 ? 1 : openSize));
  const level = (axis: number, position: number): unknown =>
    axis === shape.length
      ? element(input, position)
      : Array.from({ length: shape[axis] ?? 0 }, (_, index) => level(axis + 1, index));
  return elementCount(shape) > mostElements ? undefined : level(0, 0);
}

function element({ type, limits }: InputSignature, position: number): unknown {
  const [allowed] = limits?.values ?? [];
  if (allowed !== undefined) return allowed;
  if (type === 'string') return 'text';
  if (type === 'bool') return true;
  const range = limits?.columnRanges.get(position) ?? limits?.range;
  if (range === undefined) return type.startsWith('float') ? Math.round((1.2 + 2.2 * position) * 10) / 10 : 1;
  const middle = (range[0] + range[1]) / 2;
  if (type.startsWith('float')) return middle;
  // An integer division by zero ends the process.
  const whole = Math.min(Math.floor(range[1]), Math.max(Math.ceil(range[0]), Math.round(middle)));
  return whole === 0 && range[1] >= 1 ? 1 : whole;
}

function outline(value: unknown): number[] {
  const shape: number[] = [];
  for (let current = value; Array.isArray(current); current = current[0]) shape.push(current.length);
  return shape;
}

function flatten(value: unknown): unknown[] {
  return Array.isArray(value) ? value.flatMap(flatten) : [value];
}
