import type { RequestForm, RespondingModel } from './codec.ts';
import { renderCells } from './csv-cells.ts';
import { renderNested, renderRow } from './render-json-tensor.ts';
import { isLarge, piecesOfNested, piecesOfRows } from './render-pieces.ts';
import { sliceRows, type Tensor } from '../tensor/tensor.ts';

/** The answer of a classifier: the label of each row, and the scores of its classes. */
export interface LabelAndScores {
  readonly label: NamedTensor;
  readonly scores: NamedTensor;
}

interface NamedTensor {
  /** The name of the output as JSON text. */
  readonly name: string;
  readonly tensor: Tensor;
}

/** The outputs of a classifier by their names; undefined for other models, and for a request that names its outputs. */
export function labelAndScores(
  outputs: readonly Tensor[],
  form: RequestForm,
  { signature }: RespondingModel,
): LabelAndScores | undefined {
  if (!signature.isClassifier || form.kind === 'v2') return undefined;
  const [label, scores] = outputs;
  const [labelSpec, scoresSpec] = signature.outputs;
  if (label === undefined || scores === undefined || labelSpec === undefined || scoresSpec === undefined)
    return undefined;
  if (scores.shape.length !== 2 || scores.shape[0] !== label.shape[0] || label.data.length !== label.shape[0])
    return undefined;
  return {
    label: { name: JSON.stringify(labelSpec.name), tensor: label },
    scores: { name: JSON.stringify(scoresSpec.name), tensor: scores },
  };
}

/** `{"prediction":[1],"label":1,"probabilities":[0.1,0.9]}`; `predictions` for instances, and lists for a list of rows. */
export function renderClassifiedJson({ label, scores }: LabelAndScores, form: RequestForm): string | Iterable<string> {
  const main = form.kind === 'instances' ? 'predictions' : 'prediction';
  const isRow = form.kind === 'features' && form.isRow && label.tensor.shape[0] === 1;
  const labels = renderNested(label.tensor);
  const named = label.name === `"${main}"` ? '' : `${label.name}:${isRow ? renderRow(label.tensor, 0) : labels},`;
  const start = `{"${main}":${labels},${named}${scores.name}:`;
  if (isRow) return `${start}${renderRow(scores.tensor, 0)}}`;
  return isLarge(scores.tensor) ? largeJson(start, scores.tensor) : `${start}${renderNested(scores.tensor)}}`;
}

function* largeJson(start: string, scores: Tensor): Generator<string, void> {
  yield start;
  yield* piecesOfNested(scores);
  yield '}';
}

/** One `{"prediction":1,"label":1,"probabilities":[0.1,0.9]}` a line. */
export function renderClassifiedLines({ label, scores }: LabelAndScores): string | Iterable<string> {
  const isNamed = label.name !== '"prediction"';
  return byRows(scores.tensor, (row) => {
    const text = renderRow(label.tensor, row);
    const named = isNamed ? `${label.name}:${text},` : '';
    return `{"prediction":${text},${named}${scores.name}:${renderRow(scores.tensor, row)}}\n`;
  });
}

/** One line a row: the label, followed by the scores. */
export function renderClassifiedCsv({ label, scores }: LabelAndScores): string | Iterable<string> {
  return byRows(scores.tensor, (row) => {
    const width = scores.tensor.shape[1] ?? 0;
    const cells = [renderCells(sliceRows(label.tensor, row, row + 1), 0, 1)];
    if (width > 0) cells.push(renderCells(scores.tensor, row * width, (row + 1) * width));
    return `${cells.join(',')}\n`;
  });
}

function byRows(tensor: Tensor, render: (row: number) => string): string | Iterable<string> {
  const lines = (first: number, last: number): string => {
    let text = '';
    for (let row = first; row < last; row++) text += render(row);
    return text;
  };
  return isLarge(tensor) ? piecesOfRows(tensor, lines) : lines(0, tensor.shape[0] ?? 0);
}
