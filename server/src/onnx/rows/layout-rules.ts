import {
  integer,
  integers,
  normalAxis,
  rows,
  soleRows,
  unclear,
  usesCount,
  type Operands,
  type Rows,
  type Rule,
  type SizeElement,
  type Value,
} from './value.ts';

// Operators that move elements without combining them.

const merges = 'merges the rows with another axis';

const reshape: Rule = ({ inputs: [data, target] }) => {
  if (data?.kind !== 'rows' || (target?.kind !== 'fixed' && target?.kind !== 'sizes')) return unclear;
  const { elements } = target;
  if (elements === undefined) return unclear;
  if (data.axis > 0 && elements.slice(0, data.axis + 1).every((size) => size === 0)) {
    return rows(data.axis, elements.length, data.leading);
  }
  if (!data.leading) return merges;
  const first = elements.findIndex((size) => size !== 1);
  const size = elements[first];
  // 0 copies the size of the same axis.
  const isRows = size === -1 || size === 'rows' || (size === 0 && first === data.axis);
  return isRows ? rows(first, elements.length, true) : merges;
};

const flatten: Rule = (operands) => {
  const data = soleRows(operands);
  if (data === undefined) return unclear;
  const axis = normalAxis(integer(operands, 'axis', 1), data.rank);
  return data.axis === 0 && axis > 0 ? rows(0, 2) : merges;
};

const transpose: Rule = (operands) => {
  const data = soleRows(operands);
  const permutation = integers(operands, 'perm');
  if (data === undefined || permutation === undefined) return unclear;
  const axis = permutation === 'absent' ? data.rank - 1 - data.axis : permutation.indexOf(data.axis);
  return rows(axis, data.rank);
};

const squeeze: Rule = (operands) => {
  const data = soleRows(operands);
  const axes = integers(operands, 'axes', 1);
  if (data === undefined || axes === undefined) return unclear;
  if (axes === 'absent') return 'removes the axis of the rows if there is one row';
  const removed = axes.map((axis) => normalAxis(axis, data.rank));
  if (removed.includes(data.axis)) return 'removes the axis of the rows';
  return rows(data.axis - removed.filter((axis) => axis < data.axis).length, data.rank - removed.length, data.leading);
};

const unsqueeze: Rule = (operands) => {
  const data = soleRows(operands);
  const axes = integers(operands, 'axes', 1);
  if (data === undefined || axes === undefined || axes === 'absent') return unclear;
  const rank = data.rank + axes.length;
  const added = new Set(axes.map((axis) => normalAxis(axis, rank)));
  const kept = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !added.has(axis));
  return rows(kept[data.axis] ?? 0, rank, data.leading);
};

/** Joins or cuts along another axis than that of the rows. */
const alongAxis =
  (fallback: number): Rule =>
  (operands) => {
    const all = operands.inputs.filter((value) => value?.kind === 'rows');
    const [first] = all;
    if (first === undefined) return unclear;
    if (operands.inputs.some((value) => value?.kind === 'sizes')) return usesCount;
    if (all.some(({ axis, rank }) => axis !== first.axis || rank !== first.rank)) return unclear;
    const axis = normalAxis(integer(operands, 'axis', fallback), first.rank);
    return axis === first.axis ? 'joins, cuts or picks along the axis of the rows' : rows(first.axis, first.rank);
  };

/** An end of a slice that is beyond every size. */
const farEnd = 2 ** 31 - 1;

const slice: Rule = (operands) => {
  const [data] = operands.inputs;
  if (data?.kind !== 'rows') return unclear;
  const [starts, ends] = [integers(operands, 'starts', 1), integers(operands, 'ends', 2)];
  const [axes, steps] = [integers(operands, 'axes', 3), integers(operands, 'steps', 4)];
  if (axes === undefined) return unclear;
  const list = axes === 'absent' ? undefined : axes.map((axis) => normalAxis(axis, data.rank));
  const at = list === undefined ? data.axis : list.indexOf(data.axis);
  if (at < 0) return data;
  const part = (values: typeof starts): number | undefined => (values === 'absent' ? undefined : values?.[at]);
  if (list === undefined && starts !== 'absent' && starts !== undefined && at >= starts.length) return data;
  const isWhole = part(starts) === 0 && (part(ends) ?? 0) >= farEnd && (steps === 'absent' || part(steps) === 1);
  return isWhole ? data : 'cuts or picks rows by their position';
};

const gather: Rule = (operands) => {
  const [data, indices] = operands.inputs;
  const axis = integer(operands, 'axis', 0);
  if (data?.kind === 'rows' && indices?.kind === 'fixed' && indices.rank !== undefined) {
    const along = normalAxis(axis, data.rank);
    if (along === data.axis) return 'picks rows by their position';
    const shift = along < data.axis ? indices.rank - 1 : 0;
    return rows(data.axis + shift, data.rank - 1 + indices.rank, data.axis + shift === 0);
  }
  if (data?.kind === 'fixed' && data.rank !== undefined && indices?.kind === 'rows') {
    const along = normalAxis(axis, data.rank);
    return rows(along + indices.axis, data.rank - 1 + indices.rank);
  }
  return unclear;
};

/** ai.onnx.ml: columns of rows, or elements of a constant list by the indices of the rows. */
const arrayFeatureExtractor: Rule = ({ inputs: [data, indices] }) => {
  if (data?.kind === 'rows' && indices?.kind === 'fixed' && data.axis < data.rank - 1)
    return rows(data.axis, data.rank);
  const isList = data?.kind === 'fixed' && data.rank === 1 && indices?.kind === 'rows' && indices.leading;
  return isList ? rows(1, 2, true) : unclear;
};

const oneHot: Rule = (operands) => {
  const data = soleRows(operands);
  if (data === undefined || operands.inputs[0] !== data) return unclear;
  const axis = normalAxis(integer(operands, 'axis', -1), data.rank + 1);
  return rows(axis <= data.axis ? data.axis + 1 : data.axis, data.rank + 1);
};

const fill: Rule = ({ inputs: [shape] }) => (shape?.kind === 'sizes' ? filled(shape.elements) : unclear);

/** The same content in each row: the number of rows is only the size of an axis. */
function filled(elements: readonly SizeElement[]): Rows | string {
  const axes = elements.flatMap((size, axis) => (size === 'rows' ? [axis] : []));
  const [axis] = axes;
  return axis === undefined || axes.length > 1 ? usesCount : rows(axis, elements.length);
}

const expand: Rule = ({ inputs: [data, shape] }) => {
  if (shape?.kind !== 'fixed' && shape?.kind !== 'sizes') return unclear;
  const { elements } = shape;
  if (elements === undefined) return unclear;
  if (data?.kind === 'fixed') return filled(elements);
  if (data?.kind !== 'rows') return unclear;
  const rank = Math.max(data.rank, elements.length);
  const axis = rank - data.rank + data.axis;
  const others = elements.filter((size, index) => size === 'rows' && rank - elements.length + index !== axis);
  return others.length > 0 ? usesCount : rows(axis, rank);
};

const tile: Rule = ({ inputs: [data, repeats] }: Operands): Value | string => {
  if (repeats?.kind !== 'fixed' && repeats?.kind !== 'sizes') return unclear;
  const { elements } = repeats;
  if (elements === undefined) return unclear;
  if (data?.kind === 'fixed') return filled(elements);
  if (data?.kind !== 'rows' || repeats.kind === 'sizes') return unclear;
  return elements[data.axis] === 1 ? data : 'repeats rows';
};

const same: Rule = (operands) => {
  const data = soleRows(operands);
  return data !== undefined && operands.inputs[0] === data ? data : unclear;
};

export const layoutRules: Readonly<Record<string, Rule>> = {
  Reshape: reshape,
  Flatten: flatten,
  Transpose: transpose,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Concat: alongAxis(0),
  Split: alongAxis(0),
  GatherElements: alongAxis(0),
  ScatterElements: alongAxis(0),
  Slice: slice,
  Gather: gather,
  OneHot: oneHot,
  ConstantOfShape: fill,
  Expand: expand,
  Tile: tile,
  Pad: same,
  ArrayFeatureExtractor: arrayFeatureExtractor,
};
