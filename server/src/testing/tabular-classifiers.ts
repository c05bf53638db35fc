import { tensor, type ElementType, type Graph, type ModelOptions, type Node } from '../../sample-model/onnx-writer.ts';

/** What a tabular classifier is like. */
export interface ClassifierShape {
  readonly kind: 'trees' | 'linear';
  readonly labels: 'int64' | 'string';
  readonly input: 'float32' | 'float64' | 'int64';
  readonly classes: 2 | 3;
  /** As skl2onnx and onnxmltools export by default; without it the scores are a tensor. */
  readonly hasZipMap: boolean;
}

/** All kinds of labels, inputs and models. */
export const classifierShapes: readonly ClassifierShape[] = (['trees', 'linear'] as const).flatMap((kind) =>
  (['int64', 'string'] as const).flatMap((labels) =>
    (['float32', 'float64', 'int64'] as const).flatMap((input) =>
      ([2, 3] as const).map((classes) => ({ kind, labels, input, classes, hasZipMap: true })),
    ),
  ),
);

const names = ['setosa', 'versicolor', 'virginica'];

/** The class names that the answers of a classifier have. */
export function classNamesOf({ labels, classes }: ClassifierShape): string[] {
  return labels === 'string'
    ? names.slice(0, classes)
    : Array.from({ length: classes }, (_, index) => String(index * 10));
}

/** A classifier of rows of four numbers, written as skl2onnx and onnxmltools (LightGBM, XGBoost) write theirs. */
export function tabularClassifier(shape: ClassifierShape): { graph: Graph; options: ModelOptions } {
  const { labels, input, hasZipMap } = shape;
  const scores = hasZipMap ? 'probability_tensor' : 'probabilities';
  const classLabels = labelAttribute(shape);
  const classify = shape.kind === 'trees' ? trees(shape, 'scores') : linear(shape, 'scores');
  const key: ElementType = labels;
  return {
    graph: {
      name: 'classifier',
      inputs: [{ name: 'input', type: tensor(input, ['N', 4]) }],
      outputs: [
        { name: 'label', type: tensor(labels, ['N']) },
        {
          name: 'probabilities',
          type: hasZipMap
            ? { kind: 'sequence', of: { kind: 'map', key, value: tensor('float32', []) } }
            : tensor('float32', ['N', shape.classes]),
        },
      ],
      nodes: [
        classify,
        {
          operator: 'Normalizer',
          domain: 'ai.onnx.ml',
          inputs: ['scores'],
          outputs: [scores],
          attributes: { norm: { string: 'L1' } },
        },
        ...(hasZipMap
          ? [
              {
                operator: 'ZipMap',
                domain: 'ai.onnx.ml',
                inputs: [scores],
                outputs: ['probabilities'],
                attributes:
                  labels === 'string' ? { classlabels_strings: classLabels } : { classlabels_int64s: classLabels },
              },
            ]
          : []),
      ],
    },
    options: { operatorSets: { '': 15, 'ai.onnx.ml': 1 }, producerName: 'classifiers of tests' },
  };
}

function labelAttribute(
  shape: ClassifierShape,
): { readonly ints: readonly number[] } | { readonly strings: readonly string[] } {
  const texts = classNamesOf(shape);
  return shape.labels === 'string' ? { strings: texts } : { ints: texts.map(Number) };
}

function labelsOf(shape: ClassifierShape, integers: string): NonNullable<Node['attributes']> {
  return { [shape.labels === 'string' ? 'classlabels_strings' : integers]: labelAttribute(shape) };
}

/** One tree for each class: its weight is larger if a column exceeds a threshold. */
function trees(shape: ClassifierShape, scores: string): Node {
  const { classes } = shape;
  const each = <T>(make: (tree: number) => readonly T[]): T[] =>
    Array.from({ length: classes }, (_, tree) => make(tree)).flat();
  return {
    operator: 'TreeEnsembleClassifier',
    domain: 'ai.onnx.ml',
    inputs: ['input'],
    outputs: ['label', scores],
    attributes: {
      nodes_treeids: { ints: each((tree) => [tree, tree, tree]) },
      nodes_nodeids: { ints: each(() => [0, 1, 2]) },
      nodes_featureids: { ints: each((tree) => [tree, 0, 0]) },
      nodes_modes: { strings: each(() => ['BRANCH_LEQ', 'LEAF', 'LEAF']) },
      nodes_values: { floats: each((tree) => [2 + tree, 0, 0]) },
      nodes_truenodeids: { ints: each(() => [1, 0, 0]) },
      nodes_falsenodeids: { ints: each(() => [2, 0, 0]) },
      nodes_missing_value_tracks_true: { ints: each(() => [0, 0, 0]) },
      class_treeids: { ints: each((tree) => [tree, tree]) },
      class_nodeids: { ints: each(() => [1, 2]) },
      class_ids: { ints: each((tree) => [tree, tree]) },
      class_weights: { floats: each((tree) => [0.25, 1.5 + tree]) },
      post_transform: { string: 'NONE' },
      ...labelsOf(shape, 'classlabels_int64s'),
    },
  };
}

function linear(shape: ClassifierShape, scores: string): Node {
  const { classes } = shape;
  return {
    operator: 'LinearClassifier',
    domain: 'ai.onnx.ml',
    inputs: ['input'],
    outputs: ['label', scores],
    attributes: {
      coefficients: { floats: Array.from({ length: classes * 4 }, (_, index) => ((index * 7) % 5) / 10 - 0.2) },
      intercepts: { floats: Array.from({ length: classes }, (_, index) => index / 10) },
      multi_class: { int: 1 },
      post_transform: { string: 'SOFTMAX' },
      ...labelsOf(shape, 'classlabels_ints'),
    },
  };
}
