import type { OnnxGraph, OnnxModel, OnnxNode } from '../onnx-model.ts';
import { readOnnxFile } from '../read-onnx-file.ts';
import { graphObstacle } from './graph-obstacle.ts';

/** What the graph of a model says about how it may be run. */
export interface GraphFacts {
  /** The reason why rows of one run may change each other's outputs; undefined: the graph keeps them apart. */
  readonly batchObstacle: string | undefined;
  /** True if values of the inputs, not only their shapes, may decide how long a run takes. */
  readonly timeDependsOnContent: boolean;
  /** True if a zero among the inputs may become an integer divisor, which ends the process. */
  readonly dividesIntegers: boolean;
}

/** Looks into a model.onnx. A graph that cannot be read is assumed to do everything that it must not. */
export function readGraphFacts(file: string, servedOutputs: readonly string[]): GraphFacts {
  let model: OnnxModel;
  try {
    model = readOnnxFile(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { batchObstacle: `the graph cannot be read: ${reason}`, timeDependsOnContent: true, dividesIntegers: true };
  }
  return {
    batchObstacle: graphObstacle(model, servedOutputs),
    timeDependsOnContent: timeDependsOnContent(model),
    dividesIntegers: dividesIntegers(model),
  };
}

/** The inputs whose values are sizes of the output, by operator. */
const sizeInputs: Readonly<Record<string, readonly number[]>> = {
  AffineGrid: [1],
  BlackmanWindow: [0],
  CenterCropPad: [1],
  Col2Im: [1, 2],
  ConstantOfShape: [0],
  DFT: [1],
  Expand: [1],
  HammingWindow: [0],
  HannWindow: [0],
  MaxUnpool: [2],
  MelWeightMatrix: [0, 1],
  OneHot: [1],
  Pad: [1],
  Range: [0, 1, 2],
  Resize: [2, 3],
  STFT: [1, 3],
  Tile: [1],
  Upsample: [1],
};
const loops = new Set(['Loop', 'Scan']);

/** Follows the content of the inputs; a shape of them is no content. */
export function timeDependsOnContent({ graph, functions }: OnnxModel): boolean {
  const constants = new Set(graph.initializers.map(({ name }) => name));
  const content = new Set(graph.inputs.map(({ name }) => name).filter((name) => !constants.has(name)));
  for (const node of [...graph.nodes, ...functions.flatMap(({ nodes }) => nodes)]) {
    if (loops.has(node.operator) || innerGraphs(node).some((inner) => usesLoop(inner))) return true;
    const isContent = (name: string | undefined): boolean => name !== undefined && content.has(name);
    if ((sizeInputs[node.operator] ?? []).some((index) => isContent(node.inputs[index]))) return true;
    if (node.operator === 'Shape' || node.operator === 'Size') continue;
    if (node.inputs.some(isContent) || innerGraphs(node).length > 0) for (const name of node.outputs) content.add(name);
  }
  return false;
}

function innerGraphs(node: OnnxNode): readonly OnnxGraph[] {
  return [...node.attributes.values()].flatMap((attribute) =>
    attribute.kind === 'graph' ? [attribute.value] : attribute.kind === 'graphs' ? attribute.value : [],
  );
}

/** Inner graphs read values of the outer one: what they make with sizes is not followed. */
function usesLoop(graph: OnnxGraph): boolean {
  return allNodes(graph).some(({ operator }) => loops.has(operator) || operator in sizeInputs);
}

function allNodes(graph: OnnxGraph): readonly OnnxNode[] {
  return graph.nodes.flatMap((node) => [node, ...innerGraphs(node).flatMap(allNodes)]);
}

/** TensorProto.DataType of the integers. */
const integerTypes = new Set([2, 3, 4, 5, 6, 7, 12, 13]);

function dividesIntegers({ graph, functions }: OnnxModel): boolean {
  const nodes = [...allNodes(graph), ...functions.flatMap((each) => each.nodes)];
  if (!nodes.some(({ operator }) => operator === 'Div' || operator === 'Mod')) return false;
  const makesInteger = ({ operator, attributes }: OnnxNode): boolean => {
    const to = attributes.get('to');
    return operator === 'CastLike' || (operator === 'Cast' && (to?.kind !== 'integer' || integerTypes.has(to.value)));
  };
  const hasIntegers = graph.inputs.some(({ type }) => type?.kind === 'tensor' && integerTypes.has(type.elementType));
  return hasIntegers || nodes.some(makesInteger);
}
