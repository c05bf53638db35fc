import {
  integer,
  integers,
  normalAxis,
  rows,
  soleRows,
  unclear,
  type Operands,
  type Rows,
  type Rule,
} from './value.ts';

// Operators that combine elements along axes.

/** The axes without some of them, or with size one in their place. */
function without(data: Rows, removed: readonly number[], keepsAxes: boolean): Rows {
  if (keepsAxes) return rows(data.axis, data.rank, data.leading);
  const before = new Set(removed.filter((axis) => axis < data.axis)).size;
  return rows(data.axis - before, data.rank - new Set(removed).size, data.leading);
}

const reduce: Rule = (operands) => {
  const data = soleRows(operands);
  const axes = integers(operands, 'axes', 1);
  if (data === undefined || axes === undefined) return unclear;
  if (axes === 'absent' || axes.length === 0) {
    return integer(operands, 'noop_with_empty_axes', 0) === 1 ? data : 'reduces over all rows';
  }
  const removed = axes.map((axis) => normalAxis(axis, data.rank));
  if (removed.includes(data.axis)) return 'reduces over the rows';
  return without(data, removed, integer(operands, 'keepdims', 1) === 1);
};

const arg: Rule = (operands) => {
  const data = soleRows(operands);
  if (data === undefined) return unclear;
  const axis = normalAxis(integer(operands, 'axis', 0), data.rank);
  if (axis === data.axis) return 'reduces over the rows';
  return without(data, [axis], integer(operands, 'keepdims', 1) === 1);
};

/** Works along one axis, and keeps the shape. `since`: from this version on `axis` is one axis, before it the first of several. */
const along =
  (fallback: (version: number) => number, what: string, since = 0): Rule =>
  (operands) => {
    const data = soleRows(operands);
    if (data === undefined || operands.inputs[0] !== data) return unclear;
    const axis = normalAxis(integer(operands, 'axis', fallback(operands.version)), data.rank);
    const isFree = operands.version < since ? data.axis < axis : axis !== data.axis;
    return isFree ? rows(data.axis, data.rank, data.leading) : `${what} over the rows`;
  };

const cumulate: Rule = (operands) => {
  const [data] = operands.inputs;
  const axes = integers(operands, 'axis', 1);
  if (data?.kind !== 'rows' || axes === undefined || axes === 'absent') return unclear;
  return normalAxis(axes[0] ?? 0, data.rank) === data.axis ? 'accumulates over the rows' : data;
};

/** Every version from which Softmax works along one axis. */
const oneAxisSince = 13;
const softmax = along((version) => (version < oneAxisSince ? 1 : -1), 'normalises', oneAxisSince);

/** Normalises over all axes from `axis` on. */
const layerNormalization = along(() => -1, 'normalises', Infinity);

const batchNormalization: Rule = (operands) => {
  const { node, inputs } = operands;
  const data = soleRows(operands);
  if (data?.axis !== 0 || inputs[0] !== data) return unclear;
  if (integer(operands, 'training_mode', 0) === 1) return 'normalises over the rows, as in training';
  // Up to version 13 outputs for the running statistics meant training.
  if (node.outputs.length > 1) return 'normalises over the rows, as in training';
  return data;
};

const meanVariance: Rule = (operands) => {
  const data = soleRows(operands);
  const axes = integers(operands, 'axes');
  if (data === undefined || axes === undefined) return unclear;
  const all = axes === 'absent' ? [0, 2, 3] : axes.map((axis) => normalAxis(axis, data.rank));
  return all.includes(data.axis) ? 'normalises over the rows' : data;
};

const dropout: Rule = (operands: Operands) => {
  const [data, , training] = operands.inputs;
  const inTraining = training !== undefined && operands.version >= 12;
  // Its value may be anything; exporters leave it out, or write false as a constant that is not an integer.
  if (data?.kind !== 'rows' || (inTraining && training.kind !== 'fixed')) return unclear;
  return data;
};

const names = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'Sum', 'SumSquare'];

export const reductionRules: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(names.map((name) => [`Reduce${name}`, reduce])),
  ArgMax: arg,
  ArgMin: arg,
  TopK: along(() => -1, 'sorts'),
  CumSum: cumulate,
  CumProd: cumulate,
  Softmax: softmax,
  LogSoftmax: softmax,
  Hardmax: softmax,
  LpNormalization: along(() => -1, 'normalises'),
  LayerNormalization: layerNormalization,
  RMSNormalization: layerNormalization,
  BatchNormalization: batchNormalization,
  MeanVarianceNormalization: meanVariance,
  Dropout: dropout,
};
