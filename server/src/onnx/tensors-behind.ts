import type { OnnxGraph, OnnxNode, OnnxType } from './onnx-model.ts';
import { integerValues } from './tensor-values.ts';

/** A tensor that becomes an output of its own. */
export interface TensorOutput {
  /** Name of the new output. */
  readonly name: string;
  /** Value in the graph that it has. */
  readonly source: string;
  /** TensorProto.DataType; undefined if the model does not say. */
  readonly elementType: number | undefined;
  /** Class names along the last dimension, of a ZipMap. */
  readonly classes: readonly string[] | undefined;
}

/** The tensors behind an output that is a sequence, map or optional; or why there are none. */
export type TensorsBehind =
  | { readonly kind: 'tensors'; readonly outputs: readonly TensorOutput[] }
  | { readonly kind: 'none'; readonly reason: string };

/** TensorProto.DataType: the scores of a ZipMap have no other type. */
const float32 = 1;

/** Finds the tensors from which the last nodes of a graph make an output that is not a tensor. */
export function tensorsBehind(graph: OnnxGraph, output: string, type: OnnxType | undefined): TensorsBehind {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node])));
  const node = throughIdentities(producers, output);
  if (node === undefined) return none('it is an input of the model');
  const elementType = elementTypeOf(type);
  if (node.operator === 'ZipMap') {
    const [source = ''] = node.inputs;
    return tensors([{ name: output, source, elementType: float32, classes: classesOf(node) }]);
  }
  if (
    node.operator === 'Optional' &&
    node.inputs.length === 1 &&
    type?.kind === 'optional' &&
    type.of?.kind === 'tensor'
  ) {
    const [source = ''] = node.inputs;
    return tensors([{ name: output, source, elementType, classes: undefined }]);
  }
  if (node.operator === 'SplitToSequence' && node.inputs.length === 1) {
    // Without sizes it cuts slices of one, in order: they are the tensor itself.
    const [source = ''] = node.inputs;
    return tensors([{ name: output, source, elementType, classes: undefined }]);
  }
  const members = membersOf(graph, producers, output);
  if (typeof members === 'string') return none(members);
  if (members.length === 0) return none('it is an empty sequence');
  return tensors(
    members.map((source, index) => ({ name: `${output}_${index}`, source, elementType, classes: undefined })),
  );
}

function tensors(outputs: readonly TensorOutput[]): TensorsBehind {
  return { kind: 'tensors', outputs };
}

function none(reason: string): TensorsBehind {
  return { kind: 'none', reason };
}

type Producers = ReadonlyMap<string, OnnxNode>;

/** The node that makes a value, passed over nodes that only hand it on. */
function throughIdentities(producers: Producers, name: string): OnnxNode | undefined {
  let node = producers.get(name);
  while (node?.operator === 'Identity') node = producers.get(node.inputs[0] ?? '');
  return node;
}

/** The tensors of a sequence in order, if the graph names each; else why it does not. */
function membersOf(graph: OnnxGraph, producers: Producers, sequence: string): readonly string[] | string {
  const node = throughIdentities(producers, sequence);
  switch (node?.operator) {
    case 'SequenceConstruct':
      return node.inputs;
    case 'SequenceEmpty':
      return [];
    case 'Optional':
      return node.inputs[0] === undefined
        ? 'it is an optional without a value'
        : membersOf(graph, producers, node.inputs[0]);
    case 'SequenceInsert':
      return inserted(graph, producers, node);
    case 'SplitToSequence':
      return 'operator SplitToSequence with an input "split" makes it: operator Split gives the same pieces as tensors';
    default:
      return `operator ${node?.operator ?? 'of an input'} makes it, and the number of its tensors is not known before the run`;
  }
}

function inserted(graph: OnnxGraph, producers: Producers, { inputs }: OnnxNode): readonly string[] | string {
  const [sequence = '', tensor = '', position] = inputs;
  const before = membersOf(graph, producers, sequence);
  if (typeof before === 'string') return before;
  const index = position === undefined || position === '' ? before.length : constantInteger(graph, producers, position);
  if (index === undefined) return 'operator SequenceInsert makes it, with a position that is not known before the run';
  return before.toSpliced(index, 0, tensor);
}

function constantInteger(graph: OnnxGraph, producers: Producers, name: string): number | undefined {
  const value = producers.get(name)?.attributes.get('value');
  const constant = value?.kind === 'tensor' ? value.value : graph.initializers.find((tensor) => tensor.name === name);
  return constant === undefined ? undefined : integerValues(constant)?.[0];
}

function elementTypeOf(type: OnnxType | undefined): number | undefined {
  switch (type?.kind) {
    case 'tensor':
      return type.elementType;
    case 'sequence':
    case 'optional':
      return elementTypeOf(type.of);
    default:
      return undefined;
  }
}

function classesOf({ attributes }: OnnxNode): readonly string[] | undefined {
  const texts = attributes.get('classlabels_strings');
  if (texts?.kind === 'texts' && texts.value.length > 0) return texts.value;
  const integers = attributes.get('classlabels_int64s');
  return integers?.kind === 'integers' && integers.value.length > 0 ? integers.value.map(String) : undefined;
}
