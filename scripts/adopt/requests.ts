import type { DescribedModel, DescribedTensor } from '../../actions/lib/domain/model-review/described-model.ts';
import type { OnnxGraph } from '../../server/src/onnx/onnx-model.ts';
import { openDimensionCandidates } from '../../server/src/runtime/synthetic-inputs.ts';

/** A tensor of the Open Inference Protocol, with its elements in row-major order. */
interface RequestTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly data: readonly (number | string | boolean)[];
}

/** A request for one row: a tensor for each input. */
export type RowRequest = readonly RequestTensor[];

/** What a graph says about the values that it was made for. */
export interface GraphHints {
  /** Texts that the graph knows, by the input that they are compared with; under '' all of them. */
  readonly texts: ReadonlyMap<string, readonly string[]>;
  /** Least and largest threshold of its trees by the index of the feature; empty without trees. */
  readonly thresholds: ReadonlyMap<number, readonly [number, number]>;
  /** Whether it computes with quantised weights, which another processor may round otherwise. */
  readonly isQuantized: boolean;
}

/** Magnitudes of generated numbers; a model that was trained on other units answers the same to most of them. */
const MAGNITUDES = [1, 1, 1, 10, 1, 100, 0.1, 1, 1000, 1];
/** Above so many elements numbers have one digit, and above as many more none, so that the body stays small. */
const MANY_ELEMENTS = 1024;
const VERY_MANY_ELEMENTS = 300_000;
// Samples of sound, of which a window is longer than the server's candidates.
const LONG_DIMENSION = 2048;
/** Of one input of a row. As whole numbers they take 4.5 MB in JSON; the server takes 6 MiB (MAX_BODY_MIB in server/README.md). */
export const MOST_ELEMENTS = 2_000_000;
/** So many numbers of a row may get more digits, and its body still fits. */
const MOST_NUDGED = 100_000;

/** What a graph says about the texts and the numbers that it was made for. */
export function readHints({ nodes }: OnnxGraph): GraphHints {
  const texts = new Map<string, readonly string[]>();
  const thresholds = new Map<number, readonly [number, number]>();
  for (const { operator, inputs, attributes } of nodes) {
    for (const name of ['keys_strings', 'cats_strings']) {
      const attribute = attributes.get(name);
      if (attribute?.kind !== 'texts') continue;
      for (const key of ['', ...inputs]) texts.set(key, [...(texts.get(key) ?? []), ...attribute.value]);
    }
    if (!operator.startsWith('TreeEnsemble')) continue;
    const [features, values] = [attributes.get('nodes_featureids'), attributes.get('nodes_values')];
    const modes = attributes.get('nodes_modes');
    if (features?.kind !== 'integers' || values?.kind !== 'floats' || modes?.kind !== 'texts') continue;
    for (const [index, feature] of features.value.entries()) {
      const value = values.value[index] ?? 0;
      if (modes.value[index] === 'LEAF') continue;
      const [low, high] = thresholds.get(feature) ?? [value, value];
      thresholds.set(feature, [Math.min(low, value), Math.max(high, value)]);
    }
  }
  const isQuantized = nodes.some(({ operator }) => /quantize|qlinear|integer/i.test(operator));
  return { texts, thresholds, isQuantized };
}

/**
 * Generated requests, the same for the same arguments: up to `count` rows for each size that open dimensions may have, and at
 * least two. The first dimension counts rows, and is 1. Empty where every size has too many elements.
 *
 * @param random uniform in [0, 1)
 */
export function generateRequests(
  { inputs }: DescribedModel,
  hints: GraphHints,
  count: number,
  random: () => number,
): readonly (readonly RowRequest[])[] {
  const hasOpen = inputs.some(({ shape }) => shape.slice(1).includes(-1));
  return (hasOpen ? [...openDimensionCandidates, LONG_DIMENSION] : [1]).flatMap((open) => {
    const shapes = inputs.map(({ shape }) => shape.map((size, axis) => (size >= 0 ? size : axis === 0 ? 1 : open)));
    const most = Math.max(1, ...shapes.map(elementsOf));
    if (most > MOST_ELEMENTS) return [];
    const length = Math.max(2, Math.min(count, Math.floor(MOST_ELEMENTS / most)));
    const rows = Array.from({ length }, (_, index) =>
      inputs.map((input, position) => fill(input, shapes[position] ?? [], hints, index, random)),
    );
    return [rows];
  });
}

/** The number of elements of a tensor. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function fill(
  { name, datatype }: DescribedTensor,
  shape: readonly number[],
  hints: GraphHints,
  index: number,
  random: () => number,
): RequestTensor {
  const length = elementsOf(shape);
  const columns = shape.at(-1) ?? 1;
  const magnitude = MAGNITUDES[index % MAGNITUDES.length] ?? 1;
  const digits = length > VERY_MANY_ELEMENTS ? 0 : length > MANY_ELEMENTS ? 1 : 2;
  const texts = hints.texts.get(name) ?? hints.texts.get('') ?? ['a', 'b'];
  const element = (position: number): number | string | boolean => {
    if (datatype === 'BYTES') return texts[Math.floor(random() * texts.length)] ?? '';
    if (datatype === 'BOOL') return random() < 0.5;
    // Integers may be indices: the first rows have small ones, and none is 0, since a division by it ends the process.
    if (!datatype.startsWith('FP')) return 1 + Math.floor(random() * (index % 2 === 0 ? 2 : 20));
    const range = shape.length === 2 ? hints.thresholds.get(position % columns) : undefined;
    if (range !== undefined) return between(range, random());
    return Number(((random() * 2 - 1) * magnitude).toFixed(digits));
  };
  return { name, datatype, shape, data: Array.from({ length }, (_, position) => element(position)) };
}

/** A number within the thresholds of a feature and a quarter of their distance beyond, to four digits. */
function between([low, high]: readonly [number, number], share: number): number {
  const margin = (high - low || Math.abs(low) || 1) / 4;
  return Number((low - margin + share * (high - low + 2 * margin)).toPrecision(4));
}

/**
 * The same row with floating-point numbers changed by a share, as another sum of the features' own rounding might. In a large
 * row some numbers alone change, and by more.
 */
export function nudge(request: RowRequest, share: number): RowRequest {
  return request.map((tensor) => {
    if (!tensor.datatype.startsWith('FP')) return tensor;
    const every = Math.ceil(tensor.data.length / MOST_NUDGED);
    const data = tensor.data.map((value, position) =>
      typeof value === 'number' && position % every === 0
        ? Number((value * (1 + every * share)).toPrecision(8))
        : value,
    );
    return { ...tensor, data };
  });
}

/** Rows in one request, along the first dimension; undefined where the model fixes it, or rows differ in shape. */
export function joinRows(rows: readonly RowRequest[], { inputs }: DescribedModel): RowRequest | undefined {
  const [first] = rows;
  if (first === undefined || rows.length < 2 || inputs.some(({ shape }) => shape[0] !== -1)) return undefined;
  const isAlike = rows.every((row) =>
    row.every(({ shape }, index) => shape.join() === first[index]?.shape.join() && shape[0] === 1),
  );
  if (!isAlike) return undefined;
  return first.map((tensor, index) => ({
    ...tensor,
    shape: [rows.length, ...tensor.shape.slice(1)],
    data: rows.flatMap((row) => row[index]?.data ?? []),
  }));
}
