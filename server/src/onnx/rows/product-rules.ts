import { eachRow } from './elementwise.ts';
import { integer, rows, soleRows, unclear, type Operands, type Rule } from './value.ts';

// Products, convolutions, recurrent layers and classic models.

const contracts = 'multiplies rows with each other';

/** Distance of the rows from the back: 1 is the last axis. */
const fromBack = ({ axis, rank }: { readonly axis: number; readonly rank: number }): number => rank - axis;

const matMul =
  (first: number, second: number): Rule =>
  ({ inputs }) => {
    const [left, right] = [inputs[first], inputs[second]];
    if (left?.kind === 'rows' && right?.kind === 'rows') {
      const isStack = fromBack(left) === fromBack(right) && fromBack(left) > 2;
      return isStack
        ? rows(Math.max(left.rank, right.rank) - fromBack(left), Math.max(left.rank, right.rank))
        : contracts;
    }
    if (left?.kind === 'rows' && right?.kind === 'fixed') {
      if (fromBack(left) === 1) return contracts;
      if (right.rank === 1) return rows(left.axis, left.rank - 1);
      const rank = Math.max(left.rank, right.rank ?? 2);
      return rows(rank - fromBack(left), rank);
    }
    if (left?.kind === 'fixed' && right?.kind === 'rows') {
      if (fromBack(right) === 2 || right.rank === 1) return contracts;
      const rank = Math.max(right.rank, left.rank ?? 2);
      return rows(rank - fromBack(right), rank);
    }
    return unclear;
  };

const gemm: Rule = (operands) => {
  const [left, right, bias] = operands.inputs;
  if (left?.kind !== 'rows' || right?.kind !== 'fixed') return contracts;
  if (bias !== undefined && bias.kind !== 'fixed' && bias.kind !== 'rows') return unclear;
  if (bias?.kind === 'rows' && fromBack(bias) !== 2) return contracts;
  const isTransposed = integer(operands, 'transA', 0) === 1;
  return left.axis === (isTransposed ? 1 : 0) ? rows(0, 2) : contracts;
};

const einsum: Rule = (operands) => {
  const equation = operands.node.attributes.get('equation');
  if (equation?.kind !== 'text') return unclear;
  const [terms = '', result] = equation.value.replaceAll(' ', '').split('->');
  const letters = new Set<string | undefined>();
  for (const [index, term] of terms.split(',').entries()) {
    const value = operands.inputs[index];
    if (value?.kind === 'rows') letters.add(term.includes('.') ? undefined : term[value.axis]);
    else if (value?.kind !== 'fixed') return unclear;
  }
  const [letter] = letters;
  if (letters.size !== 1 || letter === undefined || result === undefined || result.includes('.')) return unclear;
  const fixedTerms = terms.split(',').filter((_, index) => operands.inputs[index]?.kind === 'fixed');
  if (!result.includes(letter) || fixedTerms.some((term) => term.includes(letter))) return contracts;
  return rows(result.indexOf(letter), result.length);
};

/** LSTM, GRU and RNN: the batch is on axis 1 of the sequence, or on axis 0 with layout 1. */
const recurrent: Rule = (operands) => {
  const { inputs } = operands;
  const [data] = inputs;
  const isFirst = integer(operands, 'layout', 0) === 1;
  if (data?.kind !== 'rows') return unclear;
  if (data.axis !== (isFirst ? 0 : 1)) return 'runs over the rows as a sequence';
  const stateAxis = isFirst ? 0 : 1;
  for (const index of [1, 2, 3, 7]) if (inputs[index] !== undefined && inputs[index].kind !== 'fixed') return unclear;
  for (const [index, axis] of [
    [4, 0],
    [5, stateAxis],
    [6, stateAxis],
  ] as const) {
    const value = inputs[index];
    if (value !== undefined && value.kind !== 'fixed' && !(value.kind === 'rows' && value.axis === axis))
      return unclear;
  }
  const state = rows(stateAxis, 3);
  return [rows(isFirst ? 0 : 2, 4), state, state];
};

const features: Rule = ({ inputs }: Operands) =>
  inputs.every((value) => value?.kind === 'rows' && value.axis === 0) ? rows(0, 2) : unclear;

/** Rows of columns: of one row ONNX allows to leave out the axis of the rows. */
const tabular =
  (...ranks: readonly number[]): Rule =>
  (operands) =>
    (soleRows(operands)?.rank ?? 0) > 1 ? eachRow(...ranks)(operands) : unclear;

const eachImage = eachRow('same');
const images = [
  ...['Conv', 'ConvInteger', 'ConvTranspose', 'QLinearConv', 'FusedConv', 'DeformConv', 'MaxPool', 'AveragePool'],
  ...['LpPool', 'GlobalAveragePool', 'GlobalMaxPool', 'GlobalLpPool', 'QLinearGlobalAveragePool', 'LRN', 'Resize'],
  ...['Upsample', 'DepthToSpace', 'SpaceToDepth', 'InstanceNormalization', 'GroupNormalization'],
];

export const productRules: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(images.map((name) => [name, eachImage])),
  MatMul: matMul(0, 1),
  MatMulInteger: matMul(0, 1),
  QLinearMatMul: matMul(0, 3),
  FusedMatMul: matMul(0, 1),
  Gemm: gemm,
  Einsum: einsum,
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
  CDist: tabular(2),
  TfIdfVectorizer: tabular(2),
  Normalizer: tabular(2),
  LinearRegressor: tabular(2),
  SVMRegressor: tabular(2),
  TreeEnsembleRegressor: tabular(2),
  TreeEnsemble: tabular(2),
  LinearClassifier: tabular(1, 2),
  SVMClassifier: tabular(1, 2),
  TreeEnsembleClassifier: tabular(1, 2),
  OneHotEncoder: tabular(3),
  FeatureVectorizer: features,
  // A map for each row.
  ZipMap: tabular(2),
};
