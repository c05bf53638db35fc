import { elementwiseOperators } from './elementwise.ts';
import { fixed, integer, integers, normalAxis, sizes, type Operands, type SizeElement, type Value } from './value.ts';

/** Longer vectors are no shapes, and are not followed. */
const longestShape = 64;

/** Follows shapes through the nodes that exporters compute them with; undefined for other nodes and values. */
export function followSizes(operands: Operands): Value | undefined {
  const { node, inputs } = operands;
  const [data] = inputs;
  if (node.operator === 'Shape' && data?.kind === 'rows') return shapeOf(operands, data.rank, data.axis);
  if (node.operator === 'Shape' && data?.kind === 'fixed' && data.rank !== undefined) {
    return shapeOf(operands, data.rank, undefined);
  }
  if (node.operator === 'Size' && data?.kind === 'rows') return sizes(0, ['rows']);
  if (inputs.some((value) => value !== undefined && value.kind !== 'fixed' && value.kind !== 'sizes')) return undefined;
  const elements = elementsOf(data);
  if (elements === undefined) return undefined;
  switch (node.operator) {
    case 'Identity':
    case 'Cast':
      return data;
    case 'Unsqueeze':
      return elements.length === 1 ? sizes(1, elements) : undefined;
    case 'Squeeze':
      return elements.length === 1 ? sizes(0, elements) : undefined;
    case 'Reshape':
      return sizes(1, elements);
    case 'ConstantOfShape':
      return constantVector(elements);
    case 'Gather':
      return gather(elements, inputs[1]);
    case 'Slice':
      return slice(operands, elements);
    case 'Concat':
      return concat(inputs);
    default:
      return elementwiseOperators.has(node.operator) ? arithmetic(inputs) : undefined;
  }
}

function elementsOf(value: Value | undefined): readonly SizeElement[] | undefined {
  return value?.kind === 'fixed' || value?.kind === 'sizes' ? value.elements : undefined;
}

function shapeOf(operands: Operands, rank: number, axis: number | undefined): Value {
  const elements = Array.from({ length: rank }, (_, index): SizeElement => (index === axis ? 'rows' : 'fixed'));
  const start = integer(operands, 'start', 0);
  const end = integer(operands, 'end', rank);
  const cut = elements.slice(normalAxis(start, rank), normalAxis(end, rank));
  return sizes(1, cut);
}

/** A vector of one value, which exporters compare shapes with. */
function constantVector([length, ...more]: readonly SizeElement[]): Value | undefined {
  if (typeof length !== 'number' || length > longestShape || more.length > 0) return undefined;
  return sizes(
    1,
    Array.from({ length }, () => 'fixed'),
  );
}

function gather(elements: readonly SizeElement[], indices: Value | undefined): Value | undefined {
  if (indices?.kind !== 'fixed' || indices.elements === undefined || indices.rank === undefined) return undefined;
  const picked = indices.elements.map((index) =>
    typeof index === 'number' ? elements[normalAxis(index, elements.length)] : undefined,
  );
  const known = picked.filter((element) => element !== undefined);
  return known.length === picked.length ? sizes(indices.rank, known) : undefined;
}

function slice(operands: Operands, elements: readonly SizeElement[]): Value | undefined {
  const [starts, ends] = [integers(operands, 'starts', 1), integers(operands, 'ends', 2)];
  const steps = integers(operands, 'steps', 4);
  if (starts === undefined || ends === undefined || starts === 'absent' || ends === 'absent') return undefined;
  if (steps === undefined || (steps !== 'absent' && steps[0] !== 1)) return undefined;
  return sizes(1, elements.slice(starts[0], ends[0]));
}

function concat(inputs: Operands['inputs']): Value | undefined {
  const all: SizeElement[] = [];
  for (const value of inputs) {
    const elements = elementsOf(value);
    if (elements === undefined) return undefined;
    all.push(...elements);
  }
  return all.length > longestShape ? undefined : sizes(1, all);
}

/** Only the dependence on the number of rows is kept, not the result. */
function arithmetic(inputs: Operands['inputs']): Value | undefined {
  const all = inputs.flatMap((value) => (value === undefined ? [] : [elementsOf(value)]));
  let length = 0;
  let rank = 0;
  for (const [index, elements] of all.entries()) {
    if (elements === undefined) return undefined;
    length = Math.max(length, elements.length);
    const value = inputs[index];
    if (value?.kind === 'fixed' || value?.kind === 'sizes') rank = Math.max(rank, value.rank ?? 0);
  }
  const result = Array.from({ length }, (_, index): SizeElement => {
    const parts = all.map((elements) => elements?.[elements.length === 1 ? 0 : index]);
    return parts.includes('rows') ? 'rows' : 'fixed';
  });
  return rank > 1 ? fixed() : sizes(rank, result);
}
