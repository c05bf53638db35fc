import { rows, soleRows, unclear, usesCount, type Operands, type Rows, type Rule, type Value } from './value.ts';

/** Operators that compute each element from the elements at its place, with broadcasting; of ONNX, ai.onnx.ml and com.microsoft. */
export const elementwiseOperators: ReadonlySet<string> = new Set([
  ...['Abs', 'Acos', 'Acosh', 'Add', 'And', 'Asin', 'Asinh', 'Atan', 'Atanh', 'BitShift', 'BitwiseAnd', 'BitwiseNot'],
  ...['BitwiseOr', 'BitwiseXor', 'Cast', 'CastLike', 'Ceil', 'Celu', 'Clip', 'Cos', 'Cosh', 'DequantizeLinear', 'Div'],
  ...['Elu', 'Equal', 'Erf', 'Exp', 'Floor', 'Gelu', 'Greater', 'GreaterOrEqual', 'HardSigmoid', 'HardSwish'],
  ...['Identity', 'IsInf', 'IsNaN', 'LeakyRelu', 'Less', 'LessOrEqual', 'Log', 'Max', 'Mean', 'Min', 'Mish', 'Mod'],
  ...['Mul', 'Neg', 'Not', 'Or', 'PRelu', 'Pow', 'QuantizeLinear', 'Reciprocal', 'RegexFullMatch', 'Relu', 'Round'],
  ...['Selu', 'Shrink', 'Sigmoid', 'Sign', 'Sin', 'Sinh', 'Softplus', 'Softsign', 'Sqrt', 'StringConcat', 'Sub', 'Sum'],
  ...['Swish', 'Tan', 'Tanh', 'ThresholdedRelu', 'Where', 'Xor'],
  ...['Binarizer', 'CategoryMapper', 'Imputer', 'LabelEncoder', 'Scaler'],
  ...['BiasGelu', 'FastGelu', 'QLinearAdd', 'QLinearLeakyRelu', 'QLinearMul', 'QLinearSigmoid', 'QuickGelu'],
]);

/** Joins operands by broadcasting: axes count from the back, and rows must be along the same one. */
export const elementwise: Rule = ({ inputs }) => {
  let found: Rows | undefined;
  let rank = 0;
  for (const value of inputs) {
    if (value?.kind === 'sizes') return usesCount;
    if (value?.kind === 'fixed') rank = Math.max(rank, value.rank ?? 0);
    if (value?.kind !== 'rows') continue;
    if (found !== undefined && found.rank - found.axis !== value.rank - value.axis)
      return 'combines rows with each other';
    rank = Math.max(rank, value.rank);
    found = found === undefined ? value : { ...value, leading: value.leading && found.leading };
  }
  if (found === undefined) return unclear;
  const axis = rank - (found.rank - found.axis);
  return rows(axis, rank, axis === 0 || (found.leading && rank === found.rank));
};

/** The rows of the only input that has some, on the axis 0, with the rank of each output. */
export const eachRow =
  (...ranks: readonly (number | 'same')[]): Rule =>
  (operands: Operands): readonly Value[] | string => {
    const input = soleRows(operands);
    if (input?.axis !== 0 || operands.inputs[0] !== input) return unclear;
    const { outputs } = operands.node;
    return outputs.map((_, index) => {
      const rank = ranks[index] ?? ranks[ranks.length - 1] ?? 'same';
      return rows(0, rank === 'same' ? input.rank : rank);
    });
  };
