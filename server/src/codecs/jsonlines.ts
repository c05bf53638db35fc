import { renderRow } from './render-json-tensor.ts';
import { bodyText } from './body-text.ts';
import { demandAnswerForEach, mainOutput, type Codec, type DecodedRequest } from './codec.ts';
import { parseBody } from './json-body.ts';
import { labelAndScores, renderClassifiedLines } from './label-and-scores.ts';
import { isLarge, piecesAround, piecesOfNested, piecesOfRows } from './render-pieces.ts';
import { createJsonRows, inputsFromRows } from './json-table.ts';
import { scanLargeJson } from './scan-large-json.ts';
import type { Steps } from './steps.ts';
import { invalid, Problem } from '../errors/problem.ts';
import type { Signature } from '../signature/signature.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** One JSON row a line. */
export const jsonlines: Codec = {
  name: 'jsonlines',
  mediaTypes: ['application/jsonlines', 'application/x-jsonlines', 'application/jsonl', 'application/x-ndjson'],
  contentType: 'application/jsonlines',
  isBinary: false,
  isV2: false,
  documentation: [
    {
      mediaType: '`application/jsonlines`',
      request: 'one row a line: an object, or a list where the model has one input',
      response: 'one `{"prediction": …}` a line',
    },
  ],
  decode: ({ body }, signature) => decodeJsonLines(bodyText(body), signature),
  decodeInSteps: ({ body }, signature) => stepsOfJsonLines(body, signature),
  encode: (outputs, form, model) => {
    const output = mainOutput(outputs, form, model);
    demandAnswerForEach(output, form);
    const classified = labelAndScores(outputs, form, model);
    const body = classified === undefined ? renderJsonLines(output) : renderClassifiedLines(classified);
    return { status: 200, contentType: jsonlines.contentType, body };
  },
};

/** Reads one row a line: a list of values, or an object with `features`, named columns or named inputs. @throws Problem */
function decodeJsonLines(text: string, signature: Signature): DecodedRequest {
  const rows: unknown[] = [];
  const lines = text.split('\n');
  for (let line = 0; line < lines.length; line++) {
    const row = readLine(lines[line] ?? '', line, signature);
    if (row !== undefined) rows.push(row.value);
  }
  if (rows.length === 0) throw invalid(['body'], 'the body has no lines', 'missing');
  const read = inputsFromRows(rows, signature, ['body']);
  return { inputs: read.inputs, form: { kind: 'instances', rows: read.rows } };
}

const stepBytes = 65_536;
const lineFeed = 10;

/** The same in steps. */
function* stepsOfJsonLines(body: Buffer, signature: Signature): Steps<DecodedRequest> {
  const reading = { signature, share: { value: 0 }, mostElements: body.length };
  const rows = createJsonRows(reading);
  let group: unknown[] = [];
  let groupBytes = 0;
  let first = 0;
  let line = 0;
  for (let start = 0; start < body.length; line++) {
    const found = body.indexOf(lineFeed, start);
    const end = found < 0 ? body.length : found;
    const isLong = end - start > longLineBytes;
    const row = isLong
      ? yield* readLongLine(body.subarray(start, end), line, signature)
      : readLine(bodyText(body.subarray(start, end)), line, signature);
    if (row !== undefined) group.push(row.value);
    // With its end: a body of empty lines has steps too.
    groupBytes += end + 1 - start;
    start = end + 1;
    if (groupBytes < stepBytes && start < body.length) continue;
    reading.share.value = Math.min(1, start / body.length);
    if (group.length > 0) yield* rows.read(group, first, ['body']);
    first += group.length;
    group = [];
    groupBytes = 0;
    yield;
  }
  const { inputs, rows: count } = rows.finish();
  if (count === 0) throw invalid(['body'], 'the body has no lines', 'missing');
  return { inputs, form: { kind: 'instances', rows: count } };
}

/** Lines from this length on are read in steps. */
const longLineBytes = 262_144;

function readLine(text: string, line: number, signature: Signature): { readonly value: unknown } | undefined {
  if (/^[ \t\r]*$/.test(text)) return undefined;
  try {
    return { value: parseBody(text, signature) };
  } catch (error) {
    throw onLine(error, line);
  }
}

function* readLongLine(
  bytes: Buffer,
  line: number,
  signature: Signature,
): Steps<{ readonly value: unknown } | undefined> {
  try {
    return { value: yield* scanLargeJson(bytes, (text) => parseBody(text, signature)) };
  } catch (error) {
    throw onLine(error, line);
  }
}

function onLine(error: unknown, line: number): unknown {
  return error instanceof Problem
    ? new Problem(error.status, `line ${line + 1}: ${error.message}`, { cause: error })
    : error;
}

/** One `{"prediction": …}` a line for every row of the output. */
function renderJsonLines(output: Tensor): string | Iterable<string> {
  if (output.shape.length === 0) return `{"prediction":${renderRow({ ...output, shape: [1] }, 0)}}\n`;
  const render = (first: number, last: number): string => {
    let text = '';
    for (let row = first; row < last; row++) text += `{"prediction":${renderRow(output, row)}}\n`;
    return text;
  };
  const rows = output.shape[0] ?? 0;
  if (!isLarge(output)) return render(0, rows);
  if (rows > 1) return piecesOfRows(output, render);
  return piecesAround('{"prediction":', piecesOfNested({ ...output, shape: output.shape.slice(1) }), '}\n');
}
