import { readFile } from 'node:fs/promises';
import { encodeModel, tensor } from '../../server/sample-model/onnx-writer.ts';

/** Gives back what it gets: what remains is reading and writing the values. */
export function identityModel(width: number): Uint8Array {
  const type = tensor('float32', ['batch', width]);
  return encodeModel({
    name: 'identity',
    inputs: [{ name: 'values', type }],
    outputs: [{ name: 'same', type }],
    nodes: [{ operator: 'Identity', inputs: ['values'], outputs: ['same'] }],
  });
}

/** Boosted trees as scikit-learn fitted them. */
interface TreeDump {
  readonly trees: readonly {
    readonly feature: readonly number[];
    readonly threshold: readonly number[];
    readonly left: readonly number[];
    readonly right: readonly number[];
    readonly value: readonly number[];
  }[];
  readonly base: number;
  readonly samples: readonly (readonly number[])[];
  readonly answers: readonly number[];
}

/** The ONNX form of trees dumped by peers/prepare.py, with samples and what scikit-learn answers to them. */
export async function readBoostedTrees(
  file: string,
): Promise<{ model: Uint8Array; samples: TreeDump['samples']; answers: TreeDump['answers'] }> {
  const dump = JSON.parse(await readFile(file, 'utf8')) as TreeDump;
  const nodes = dump.trees.flatMap((tree, treeId) =>
    tree.feature.map((feature, nodeId) => ({ tree, treeId, feature, nodeId, leaf: tree.left[nodeId] === -1 })),
  );
  const leaves = nodes.filter(({ leaf }) => leaf);
  const width = dump.samples[0]?.length ?? 0;
  const model = encodeModel(
    {
      name: 'boosted-trees',
      inputs: [{ name: 'features', type: tensor('float32', ['batch', width]) }],
      outputs: [{ name: 'prediction', type: tensor('float32', ['batch', 1]) }],
      nodes: [
        {
          operator: 'TreeEnsembleRegressor',
          domain: 'ai.onnx.ml',
          inputs: ['features'],
          outputs: ['prediction'],
          attributes: {
            n_targets: { int: 1 },
            base_values: { floats: [dump.base] },
            nodes_treeids: { ints: nodes.map(({ treeId }) => treeId) },
            nodes_nodeids: { ints: nodes.map(({ nodeId }) => nodeId) },
            nodes_featureids: { ints: nodes.map(({ feature, leaf }) => (leaf ? 0 : feature)) },
            nodes_modes: { strings: nodes.map(({ leaf }) => (leaf ? 'LEAF' : 'BRANCH_LEQ')) },
            nodes_values: {
              floats: nodes.map(({ tree, nodeId, leaf }) => (leaf ? 0 : float32AtMost(tree.threshold[nodeId] ?? 0))),
            },
            nodes_truenodeids: { ints: nodes.map(({ tree, nodeId, leaf }) => (leaf ? 0 : (tree.left[nodeId] ?? 0))) },
            nodes_falsenodeids: { ints: nodes.map(({ tree, nodeId, leaf }) => (leaf ? 0 : (tree.right[nodeId] ?? 0))) },
            target_treeids: { ints: leaves.map(({ treeId }) => treeId) },
            target_nodeids: { ints: leaves.map(({ nodeId }) => nodeId) },
            target_ids: { ints: leaves.map(() => 0) },
            target_weights: { floats: leaves.map(({ tree, nodeId }) => tree.value[nodeId] ?? 0) },
          },
        },
      ],
    },
    { operatorSets: { '': 17, 'ai.onnx.ml': 3 } },
  );
  return { model, samples: dump.samples, answers: dump.answers };
}

/** The largest float32 not above a threshold: float32 features then branch as they do against the float64 one. */
function float32AtMost(value: number): number {
  const rounded = Math.fround(value);
  if (rounded <= value) return rounded;
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, rounded);
  view.setInt32(0, view.getInt32(0) + (rounded > 0 ? -1 : 1));
  return view.getFloat32(0);
}
