import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor } from '../onnx-model.ts';
import { integerValues } from '../tensor-values.ts';
import { elementwise, elementwiseOperators } from './elementwise.ts';
import { layoutRules } from './layout-rules.ts';
import { productRules } from './product-rules.ts';
import { reductionRules } from './reduction-rules.ts';
import { followSizes } from './sizes.ts';
import { fixed, rows, usesCount, type Operands, type Rule, type Value } from './value.ts';

const rules: Readonly<Record<string, Rule>> = { ...layoutRules, ...reductionRules, ...productRules };

/** Nodes that no rule can allow for rows, with what they do. */
const refusals: Readonly<Record<string, string>> = {
  DynamicQuantizeLinear: 'quantises by the range of all rows',
  DynamicQuantizeMatMul: 'quantises by the range of all rows',
  DynamicQuantizeLSTM: 'quantises by the range of all rows',
  NonZero: 'finds positions among all rows',
  Unique: 'finds the distinct values of all rows',
  NonMaxSuppression: 'selects among all rows',
  Compress: 'selects among all rows',
};

/** Nodes that are refused even with constant inputs: the graphs in them also read values that are not their inputs. */
const strictRefusals: Readonly<Record<string, string>> = {
  RandomNormal: 'is random',
  RandomNormalLike: 'is random',
  RandomUniform: 'is random',
  RandomUniformLike: 'is random',
  Bernoulli: 'is random',
  Multinomial: 'is random',
  If: 'runs a graph by a condition',
  Loop: 'runs a graph in a loop',
  Scan: 'runs a graph in a loop',
};

/**
 * The reason why rows of one run may change each other's outputs, or undefined if the graph keeps them apart. It follows
 * the axis of the rows from the inputs, where it is the first, to the served outputs, where it must be the first again.
 * A graph that does this with operators that are not known here is refused too.
 */
export function graphObstacle(model: OnnxModel, servedOutputs: readonly string[]): string | undefined {
  const { graph } = model;
  const values = new Map<string, Value>();
  for (const { name, type } of graph.inputs) {
    const shape = type?.kind === 'tensor' ? type.shape : undefined;
    values.set(
      name,
      shape === undefined ? { kind: 'lost', reason: `input "${name}" has no shape` } : rows(0, shape.length),
    );
  }
  // Older models list their constants as inputs too.
  for (const tensor of graph.initializers) values.set(tensor.name, constant(tensor));
  const functions = new Set(model.functions.map(({ domain, name }) => `${domain}:${name}`));
  for (const node of graph.nodes) {
    const results = functions.has(`${node.domain}:${node.operator}`)
      ? [lost(node, 'is a function of the model')]
      : follow(node, model, values);
    for (const [index, name] of node.outputs.entries()) {
      const value = results[index] ?? results[results.length - 1];
      if (name !== '' && value !== undefined) values.set(name, value);
    }
  }
  for (const name of servedOutputs) {
    const value = values.get(name);
    if (value?.kind === 'lost') return value.reason;
    if (value?.kind !== 'rows') return `output "${name}" does not depend on the rows`;
    if (value.axis !== 0) return `output "${name}" has its rows on axis ${value.axis}`;
  }
  return undefined;
}

/** Constants up to this number of elements may be shapes and axes. */
const mostElements = 64;

function constant(tensor: OnnxTensor): Value {
  const isSmall = tensor.shape.length < 2 && (tensor.shape[0] ?? 1) <= mostElements;
  const elements = isSmall ? integerValues(tensor) : undefined;
  return fixed(tensor.shape.length, elements);
}

function lost({ name, operator, outputs }: OnnxNode, what: string): Value {
  return { kind: 'lost', reason: `node "${name === '' ? (outputs[0] ?? '') : name}" (${operator}) ${what}` };
}

function follow(node: OnnxNode, model: OnnxModel, values: ReadonlyMap<string, Value>): readonly Value[] {
  const inputs = node.inputs.map((name) => (name === '' ? undefined : (values.get(name) ?? fixed())));
  const strictRefusal = strictRefusals[node.operator];
  const broken = inputs.find((value) => value?.kind === 'lost');
  if (broken !== undefined) return [broken];
  if (strictRefusal !== undefined) return [lost(node, strictRefusal)];
  if (node.operator === 'Constant') return [constantNode(node)];
  const operands: Operands = { node, inputs, version: model.operatorSets.get(node.domain) ?? 1 };
  const size = followSizes(operands);
  if (size !== undefined) return [size];
  if (inputs.every((value) => value === undefined || value.kind === 'fixed')) return [fixed(rankOfFixed(operands))];
  const refusal = refusals[node.operator];
  if (refusal !== undefined) return [lost(node, refusal)];
  const rule = rules[node.operator] ?? (elementwiseOperators.has(node.operator) ? elementwise : undefined);
  if (rule === undefined) {
    const isCount = !inputs.some((value) => value?.kind === 'rows');
    return [lost(node, isCount ? usesCount : 'is not known to keep rows apart')];
  }
  const result = rule(operands);
  if (typeof result === 'string') return [lost(node, result)];
  return 'kind' in result ? [result] : result;
}

/** The rank of a value that is computed from constants, where broadcasting tells it. */
function rankOfFixed({ node, inputs }: Operands): number | undefined {
  if (!elementwiseOperators.has(node.operator) && node.operator !== 'Transpose') return undefined;
  let rank = 0;
  for (const value of inputs) {
    if (value?.kind !== 'fixed' || value.rank === undefined) return undefined;
    rank = Math.max(rank, value.rank);
  }
  return rank;
}

function constantNode(node: OnnxNode): Value {
  const [attribute] = [...node.attributes.values()];
  return attribute === undefined ? fixed() : constantOf(attribute);
}

function constantOf(attribute: OnnxAttribute): Value {
  switch (attribute.kind) {
    case 'tensor':
      return constant(attribute.value);
    case 'integer':
      return fixed(0, [attribute.value]);
    case 'integers':
      return fixed(1, attribute.value);
    case 'float':
    case 'text':
      return fixed(0);
    case 'floats':
    case 'texts':
      return fixed(1);
    default:
      return fixed();
  }
}
