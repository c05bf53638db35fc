import { bodyText, bodyTextReader } from './body-text.ts';
import { demandAnswerForEach, mainOutput, type Codec, type DecodedRequest } from './codec.ts';
import { createCsvTable, type HeaderParameter } from './csv-table.ts';
import { renderCells } from './csv-cells.ts';
import { labelAndScores, renderClassifiedCsv } from './label-and-scores.ts';
import type { MediaType } from './media-type.ts';
import { isLarge, piecesOfRows } from './render-pieces.ts';
import type { Steps } from './steps.ts';
import { Problem } from '../errors/problem.ts';
import type { Signature } from '../signature/signature.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Comma-separated values, one record a line. */
export const csv: Codec = {
  name: 'csv',
  mediaTypes: ['text/csv', 'application/csv'],
  // Without a charset: the deserialisers of the SageMaker SDK compare the whole text.
  contentType: 'text/csv',
  isBinary: false,
  isV2: false,
  documentation: [
    {
      mediaType: '`text/csv`',
      request:
        'one record a line; the first one is a header if each cell is the name of a column, or by `; header=present`',
      response: 'one row a line; of a classifier its label, and its scores',
    },
  ],
  decode: ({ body, mediaType }, signature) => decodeCsv(bodyText(body), signature, headerOf(mediaType)),
  decodeInSteps: ({ body, mediaType }, signature) => stepsOfCsv(body, signature, headerOf(mediaType)),
  encode: (outputs, form, model) => {
    const output = mainOutput(outputs, form, model);
    demandAnswerForEach(output, form);
    const classified = labelAndScores(outputs, form, model);
    const body = classified === undefined ? renderCsv(output) : renderClassifiedCsv(classified);
    return { status: 200, contentType: csv.contentType, body };
  },
};

function headerOf({ parameters }: MediaType): HeaderParameter {
  const header = parameters.get('header')?.toLowerCase();
  if (header === undefined || header === 'present' || header === 'absent') return header;
  throw new Problem(415, `header=${header.slice(0, 40)} is not understood; send header=present or header=absent`);
}

/** Reads CSV text as the model's inputs. @throws Problem */
export function decodeCsv(text: string, signature: Signature, header: HeaderParameter): DecodedRequest {
  const table = createCsvTable(signature, header, { value: 1 });
  table.read(text);
  table.end();
  return table.finish();
}

const stepBytes = 65_536;

function* stepsOfCsv(body: Buffer, signature: Signature, header: HeaderParameter): Steps<DecodedRequest> {
  const share = { value: 0 };
  const table = createCsvTable(signature, header, share);
  const text = bodyTextReader();
  for (let start = 0; start < body.length; start += stepBytes) {
    const end = Math.min(body.length, start + stepBytes);
    share.value = end / body.length;
    table.read(text(body.subarray(start, end), end === body.length));
    yield;
  }
  table.end();
  return table.finish();
}

/** One line for each row of an output, its values separated by commas. */
export function renderCsv(output: Tensor): string | Iterable<string> {
  const rows = output.shape.length === 0 ? 1 : (output.shape[0] ?? 0);
  const width = rows === 0 ? 0 : output.data.length / rows;
  if (!isLarge(output)) return renderLines(output, width, 0, rows);
  if (rows > 1) return piecesOfRows(output, (first, last) => renderLines(output, width, first, last));
  return piecesOfLine(output);
}

function renderLines(output: Tensor, width: number, first: number, last: number): string {
  let text = '';
  for (let row = first; row < last; row++) text += `${renderCells(output, row * width, (row + 1) * width)}\n`;
  return text;
}

function* piecesOfLine(output: Tensor): Generator<string, void> {
  const cells = 4096;
  for (let start = 0; start < output.data.length; start += cells) {
    if (start > 0) yield ',';
    yield renderCells(output, start, Math.min(output.data.length, start + cells));
  }
  yield '\n';
}
