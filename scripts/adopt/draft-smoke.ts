import path from 'node:path';
import { z } from 'zod';
import { UserError, type UserErrorParts } from '../../actions/lib/domain/errors/user-error.ts';
import { parseJsonFile } from '../../actions/lib/domain/json/file.ts';
import { findLossyNumber } from '../../actions/lib/domain/json/lossless.ts';
import { describeTensor, type DescribedModel } from '../../actions/lib/domain/model-review/described-model.ts';
import type { ReviewRow, RowAnswer } from '../../actions/lib/domain/model-review/row-difference.ts';
import { showAnswer } from '../../actions/lib/domain/smoke/answer.ts';
import type { smokeFileSchema } from '../../actions/lib/domain/smoke/cases.ts';
import type { RunningModel } from '../../actions/lib/ports/model-servers.ts';
import { seededUniform } from '../../server/sample-model/random.ts';
import { distances, partsOf, scaleOf, type AnswerPart } from './answer-parts.ts';
import {
  elementsOf,
  generateRequests,
  joinRows,
  MOST_ELEMENTS,
  nudge,
  type GraphHints,
  type RowRequest,
} from './requests.ts';

/** A smoke.json as it is written. */
type SmokeDraftFile = z.input<typeof smokeFileSchema>;
type DraftCase = SmokeDraftFile['cases'][number];

/** The cases for a model, and what its owner should know of them. */
export interface SmokeDraft {
  readonly file: SmokeDraftFile;
  /** The largest difference between answers to the same row, as a share of the largest value of the answer. */
  readonly noise: number;
  /** How often the model was asked. */
  readonly asked: number;
  readonly notes: readonly string[];
}

/** What a draft is made from. */
interface DraftSource {
  readonly model: Pick<RunningModel, 'ask'>;
  readonly described: DescribedModel;
  readonly hints: GraphHints;
  /** Rows of the model's owner; without any, rows are generated. */
  readonly rows: readonly ReviewRow[];
  /** Asked before generated rows: one row alone can't tell a model from one that answers always the same. */
  readonly example: readonly ReviewRow[];
}

/** A request, and the row in it where it is one of tensors. */
interface Question {
  readonly name: string;
  readonly request: DraftCase['request'];
  readonly row: RowRequest | undefined;
}

/** A question with its answer, and how far other answers to it were from that. */
interface Measured {
  readonly question: Question;
  readonly parts: readonly AnswerPart[];
  readonly noise: readonly number[];
}

const MOST_ROWS = 4;
const MOST_CANDIDATES = 24;
const CANDIDATE_BYTES = 4 * 2 ** 20;
const FILE_BYTES = 512 * 1024;
/** Each row is asked so often alone, and so often while the others are under way. */
const REPEATS = 3;
// A few units in the last place of a float32: what other processors and batches add up in another order.
const NUDGE = 1e-6;
const MARGIN = 10;
/** Least tolerance as a share of the largest value: float32, float16, and 8-bit weights, whose kernels saturate by processor. */
const LEAST_SHARE = 1e-4;
const LEAST_SHARE_HALF = 5e-3;
const LEAST_SHARE_QUANTIZED = 2e-2;
const MANY_VALUES = 64;
const SHOWN_VALUES = 16;

/**
 * Smoke cases from a model's own answers. The tolerance of each output is ten times the largest difference between answers
 * to the same row: asked again, at the same time as others, together with others in one request, and with its numbers
 * changed by a millionth.
 *
 * @throws UserError when the model answers none of the requests.
 */
export async function draftSmoke(source: DraftSource): Promise<SmokeDraft> {
  const { described, hints } = source;
  const exact = new Set(described.outputs.filter(({ datatype }) => !datatype.startsWith('FP')).map(({ name }) => name));
  let asked = 0;
  const latencies: number[] = [];
  const ask: Ask = async (request) => {
    asked += 1;
    const answer = await source.model.ask(reviewRowOf(request));
    if (answer.kind === 'answered') latencies.push(answer.latencyMilliseconds);
    return { answer, parts: partsOf(answer, exact) };
  };
  const questions = await findQuestions(source, ask);
  const measured: Measured[] = [];
  for (const question of questions) {
    const found = await measure(question, ask);
    if (found !== undefined) measured.push(found);
  }
  const chosen = choose(measured, mostRows(questions));
  const together = await askTogether(chosen, source, ask);
  const simple = await askSimply(chosen, described, ask);
  const refused = await askRefused(ask);
  const answers = [...together.singles, ...together.batch, ...simple];
  const cases = answers.map(({ question, parts, noise }) => ({
    name: question.name,
    request: question.request,
    expect: { status: 200, outputs: expectedOutputs(parts, noise, hints) },
  }));
  const withValues = cases.filter(({ expect }) => Object.keys(expect.outputs).length > 0);
  const steady = withValues.length > 0 ? withValues : shapeCases(questions, described);
  return {
    file: {
      $schema: '../smoke.schema.json',
      ...{ warmUpRequests: 5, minimumRequests: 50, concurrency: 4, timeoutSeconds: timeoutOf(latencies) },
      limits: { ...latencyLimits(latencies), errorPercent: 0 },
      parity: null,
      cases: [...steady, ...refused],
    },
    noise: Math.max(0, ...answers.flatMap(({ parts, noise }) => parts.map((part, index) => share(part, noise[index])))),
    asked,
    notes: [
      ...leftOut(source.rows.length === 0 ? 0 : questions.length - measured.length, questions.length),
      ...together.notes,
      ...(source.rows.length > 0 ? [] : ['the requests are generated: rows of your own data tell more (--rows FILE)']),
      ...(withValues.length > 0
        ? []
        : ['no output is steady and other than zero, so the cases expect no value: write some by hand']),
    ],
  };
}

function leftOut(rows: number, of: number): readonly string[] {
  if (rows === 0) return [];
  return [
    `${String(rows)} of ${String(of)} rows are in no case: the model refuses them, or answers them differently each time`,
  ];
}

/** Sends a request; the parts are those of an answer with status 200. */
type Ask = (
  request: DraftCase['request'],
) => Promise<{ readonly answer: RowAnswer; readonly parts: readonly AnswerPart[] | undefined }>;

function reviewRowOf(request: DraftCase['request']): ReviewRow {
  const body = Buffer.from(request.text ?? JSON.stringify(request.json));
  return { name: '', origin: 'made up', contentType: request.contentType, accept: request.accept, body };
}

/** The questions that the model answers: the owner's rows, or generated ones of the first size that it runs on. */
async function findQuestions({ rows, example, described, hints }: DraftSource, ask: Ask): Promise<readonly Question[]> {
  const sets =
    rows.length > 0
      ? [rows.slice(0, MOST_CANDIDATES).map(questionOfRow)]
      : generateRequests(described, hints, MOST_CANDIDATES, seededUniform(1)).map((set) =>
          set.map((row, index) => questionOf(`row ${String(index + 1)}`, row)),
        );
  const examples = rows.length > 0 ? [] : example.map(questionOfRow);
  let refusal: Pick<UserErrorParts, 'expected' | 'found' | 'remedy'> = {
    expected: `inputs of at most ${String(MOST_ELEMENTS)} elements a row`,
    found: described.inputs.map((input) => `${input.name} ${describeTensor(input)}`).join(', '),
    remedy: 'Export the model for smaller inputs.',
  };
  for (const set of [...sets, examples]) {
    const size = Math.max(1, JSON.stringify(set[0]?.request ?? '').length);
    for (const question of set.slice(0, 2)) {
      const { answer, parts } = await ask(question.request);
      if (parts === undefined) {
        refusal = refusalOf(answer);
        continue;
      }
      const chosen = set.slice(0, Math.max(2, Math.floor(CANDIDATE_BYTES / size)));
      return set === examples ? chosen : [...examples, ...chosen];
    }
  }
  throw new UserError({ what: 'The model answers none of the requests that it was asked', ...refusal });
}

function refusalOf(answer: RowAnswer): Pick<UserErrorParts, 'expected' | 'found' | 'remedy'> {
  const expected = 'an answer with status 200 in JSON';
  if (answer.kind === 'answered' && answer.status === 413) {
    return {
      expected,
      found: 'status 413: the request body is larger than the 6 MiB that the server takes by default',
      remedy: 'Write the numbers of the rows with fewer digits, or export the model for smaller inputs.',
    };
  }
  return {
    expected,
    found: answer.kind === 'none' ? answer.why : `status ${String(answer.status)}: ${showAnswer(answer)}`,
    remedy:
      'Give rows that it runs on with `--rows FILE` (.jsonl with one request body a line, or .csv with a header), or an "example" in a signature.json beside the model.',
  };
}

function questionOf(name: string, row: RowRequest): Question {
  return {
    name,
    row,
    request: {
      contentType: 'application/json',
      json: { inputs: row.map((tensor) => ({ ...tensor, shape: [...tensor.shape], data: [...tensor.data] })) },
    },
  };
}

function questionOfRow({ name, contentType, accept, body }: ReviewRow): Question {
  const text = Buffer.from(body).toString('utf8');
  // As a text where JSON.parse would change its digits.
  const isJson = contentType === 'application/json' && findLossyNumber(text) === undefined;
  return {
    // FILE:LINE, whose end tells the cases apart.
    name: path.basename(name).slice(-80),
    row: undefined,
    request: isJson
      ? { contentType, json: parseJsonFile({ path: name, text }, z.json(), 'Correct the line.') }
      : { contentType, ...(accept === undefined ? {} : { accept }), text },
  };
}

/** Asks a question again and again; undefined where its answers differ in more than numbers. */
async function measure(question: Question, ask: Ask): Promise<Measured | undefined> {
  const { parts } = await ask(question.request);
  if (parts === undefined) return undefined;
  const { row } = question;
  const nudged = row === undefined ? [] : [NUDGE, -NUDGE].map((by) => questionOf('', nudge(row, by)).request);
  let noise = parts.map(() => 0);
  for (const request of [...Array.from({ length: REPEATS - 1 }, () => question.request), ...nudged]) {
    const found = distances(parts, (await ask(request)).parts);
    if (found === undefined) return undefined;
    noise = larger(noise, found);
  }
  return { question, parts, noise };
}

function larger(left: readonly number[], right: readonly number[]): number[] {
  return left.map((value, index) => Math.max(value, right[index] ?? 0));
}

function mostRows(questions: readonly Question[]): number {
  const size = JSON.stringify(questions[0]?.request ?? '').length;
  return Math.min(MOST_ROWS, Math.max(1, Math.floor(FILE_BYTES / (2 * size))));
}

/** The rows whose answers differ most from each other, so that a model that always says the same fails. */
function choose(measured: readonly Measured[], most: number): readonly Measured[] {
  const [first] = measured.toSorted((a, b) => steadyScale(b) - steadyScale(a));
  const chosen = first === undefined ? [] : [first];
  while (chosen.length < most) {
    const left = measured.filter((each) => !chosen.includes(each));
    const nearest = (each: Measured): number => Math.min(...chosen.map((other) => difference(each, other)));
    const [next] = left.toSorted((a, b) => nearest(b) - nearest(a));
    if (next === undefined || nearest(next) === 0) break;
    chosen.push(next);
  }
  return chosen.map((each, index) => ({
    ...each,
    question:
      each.question.row === undefined
        ? each.question
        : { ...each.question, name: ROW_NAMES[index] ?? each.question.name },
  }));
}

const ROW_NAMES = ['one row', 'another row', 'a third row', 'a fourth row'];

/** Whether a row has an output that can be compared. */
function steadyScale({ parts, noise }: Measured): number {
  return parts.some((part, index) => isUsable(part, noise[index] ?? 0)) ? 1 : 0;
}

function difference(one: Measured, other: Measured): number {
  if (steadyScale(one) === 0) return 0;
  const found = distances(one.parts, other.parts);
  if (found === undefined) return 2;
  const shares = found.map((distance, index) => {
    const [part, second] = [one.parts[index], other.parts[index]];
    const scale = Math.max(part === undefined ? 0 : scaleOf(part), second === undefined ? 0 : scaleOf(second));
    return scale === 0 ? 0 : distance / scale;
  });
  return Math.max(0, ...shares);
}

/** Asks the chosen rows at the same time, and in one request; answers that are the same but for rounding add to the noise. */
async function askTogether(
  chosen: readonly Measured[],
  { described, hints }: DraftSource,
  ask: Ask,
): Promise<{
  readonly singles: readonly Measured[];
  readonly batch: readonly Measured[];
  readonly notes: readonly string[];
}> {
  let singles = chosen;
  for (let round = 0; round < REPEATS; round += 1) {
    const answers = await Promise.all(singles.map(async ({ question }) => (await ask(question.request)).parts));
    singles = singles.flatMap((each, index) => {
      const found = distances(each.parts, answers[index]);
      return found === undefined ? [] : [{ ...each, noise: larger(each.noise, found) }];
    });
  }
  // The example of a signature is a request of its own.
  const alone = singles.filter(({ question: { row } }) => row !== undefined);
  const rows = alone.flatMap(({ question: { row } }) => (row === undefined ? [] : [row]));
  const joined = joinRows(rows, described);
  if (joined === undefined) return { singles, batch: [], notes: [] };
  const batch = await measure(questionOf('a batch keeps its order', joined), ask);
  const apart = batch === undefined ? undefined : rowsApart(batch, alone, hints);
  if (batch === undefined || apart === undefined) {
    return {
      singles,
      batch: [],
      notes: ['rows in one request and alone get different answers, so no case asks a batch'],
    };
  }
  const noise = apart.reduce(larger, [...batch.noise]);
  return {
    singles: singles.map((each) => ({ ...each, noise: larger(each.noise, apart[alone.indexOf(each)] ?? []) })),
    batch: [{ ...batch, noise }],
    notes: [],
  };
}

/** How far each row of a batch is from the row alone, by part; undefined where that is more than rounding. */
function rowsApart(
  batch: Measured,
  singles: readonly Measured[],
  hints: GraphHints,
): readonly (readonly number[])[] | undefined {
  const found = singles.map(({ parts, noise }, row) => {
    const rowParts = batch.parts.map((part, index) => rowOf(part, row, parts[index]));
    const apart = distances(parts, rowParts);
    const isRounding = parts.every((part, index) => (apart?.[index] ?? 0) <= toleranceOf(part, noise[index], hints));
    return isRounding ? apart : undefined;
  });
  return found.every((each) => each !== undefined) ? found : undefined;
}

/** A row of a batch's output, along the one dimension that grew with the rows; the whole output where none did. */
function rowOf(part: AnswerPart, row: number, alone: AnswerPart | undefined): AnswerPart {
  const [shape, one] = [part.shape ?? [], alone?.shape ?? []];
  const axis = shape.findIndex((size, index) => size !== one[index]);
  if (axis === -1) return part;
  const length = elementsOf(one.slice(axis));
  const whole = elementsOf(shape.slice(axis));
  return { ...part, leaves: part.leaves.filter((_, at) => Math.floor((at % whole) / length) === row) };
}

/** The first row as people write it by hand, `{"features": …}`, where the model has one input. */
async function askSimply(
  chosen: readonly Measured[],
  { inputs }: DescribedModel,
  ask: Ask,
): Promise<readonly Measured[]> {
  const tensor = chosen.find(({ question: { row } }) => row !== undefined)?.question.row?.[0];
  if (tensor === undefined || inputs.length !== 1 || tensor.data.length > MANY_VALUES || tensor.shape.length === 0)
    return [];
  const json = { features: nest(tensor.data, tensor.shape) };
  const question: Question = {
    name: 'the simple form',
    row: undefined,
    request: { contentType: 'application/json', json },
  };
  const found = await measure(question, ask);
  return found === undefined || found.parts.some(({ leaves }) => leaves.length > MANY_VALUES) ? [] : [found];
}

function nest(data: readonly (number | string | boolean)[], shape: readonly number[]): z.core.util.JSONType {
  const [size = 1, ...rest] = shape;
  if (rest.length === 0) return [...data];
  const length = data.length / size;
  return Array.from({ length: size }, (_, index) => nest(data.slice(index * length, (index + 1) * length), rest));
}

/** Requests that no model may answer, as far as this one refuses them. */
async function askRefused(ask: Ask): Promise<readonly DraftCase[]> {
  const requests = [
    { name: 'broken JSON is refused', request: { contentType: 'application/json', text: '{"inputs": [' } },
    { name: 'a request without inputs is refused', request: { contentType: 'application/json', json: { inputs: [] } } },
  ];
  const cases: DraftCase[] = [];
  for (const { name, request } of requests) {
    const { answer } = await ask(request);
    if (answer.kind !== 'answered' || ![400, 422].includes(answer.status)) continue;
    cases.push({ name, request, expect: { status: [400, 422] } });
  }
  return cases;
}

function expectedOutputs(
  parts: readonly AnswerPart[],
  noise: readonly number[],
  hints: GraphHints,
): NonNullable<DraftCase['expect']['outputs']> {
  return Object.fromEntries(
    parts.flatMap((part, index) => {
      const found = noise[index] ?? 0;
      if (!isUsable(part, found)) return [];
      const absolute = part.isExact ? 0 : roundUp(toleranceOf(part, found, hints));
      const written = part.isExact ? (value: z.core.util.JSONType) => value : shorten;
      if (part.leaves.length <= MANY_VALUES) return [[part.key, { value: written(part.value), absolute }]];
      return largestLeaves(part).map((position) => [
        `${part.key}/${String(position)}`,
        { value: written(part.leaves[position] ?? null), absolute },
      ]);
    }),
  );
}

/** Whether an output can be compared: its numbers are finite, and much larger than their noise. */
function isUsable(part: AnswerPart, noise: number): boolean {
  if (part.leaves.length === 0) return false;
  if (part.isExact) return part.leaves.every((leaf) => typeof leaf !== 'number' || Number.isSafeInteger(leaf));
  const scale = scaleOf(part);
  return scale === 0 ? part.leaves.some((leaf) => typeof leaf === 'string') : MARGIN * noise < scale / 4;
}

/** By how much the numbers of an output may differ from those of the draft. */
function toleranceOf(part: AnswerPart, noise = 0, hints: GraphHints): number {
  return Math.max(MARGIN * noise, leastShare(part, hints) * scaleOf(part));
}

function leastShare({ datatype }: AnswerPart, { isQuantized }: GraphHints): number {
  if (isQuantized) return LEAST_SHARE_QUANTIZED;
  return datatype === 'FP16' ? LEAST_SHARE_HALF : LEAST_SHARE;
}

function share(part: AnswerPart, noise = 0): number {
  const scale = scaleOf(part);
  return scale === 0 ? 0 : noise / scale;
}

/** Positions of the largest values of a long output, in their order. */
function largestLeaves({ leaves }: AnswerPart): readonly number[] {
  const size = (position: number): number => Math.abs(Number(leaves[position] ?? 0));
  return [...leaves.keys()]
    .sort((a, b) => size(b) - size(a))
    .slice(0, SHOWN_VALUES)
    .sort((a, b) => a - b);
}

/** Numbers with the seven digits of a float32. */
function shorten(value: z.core.util.JSONType): z.core.util.JSONType {
  if (Array.isArray(value)) return value.map(shorten);
  return typeof value === 'number' ? Number(value.toPrecision(7)) : value;
}

/** To one digit, upwards. */
function roundUp(value: number): number {
  if (value === 0) return 0;
  const unit = 10 ** Math.floor(Math.log10(value));
  return Number((Math.ceil(value / unit) * unit).toPrecision(1));
}

/** Cases for a model without a steady value: that it answers, in its shapes. */
function shapeCases(questions: readonly Question[], { outputs }: DescribedModel): readonly DraftCase[] {
  const [question] = questions;
  if (question === undefined || outputs.length === 0) return [];
  return [{ name: 'it answers', request: question.request, expect: { status: 200 } }];
}

/** Limits far above what this machine took: an endpoint adds a network, and shares its processors. */
function latencyLimits(latencies: readonly number[]): {
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
} {
  const sorted = latencies.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return {
    p50Milliseconds: Math.max(250, Math.ceil((median * 20) / 50) * 50),
    p99Milliseconds: Math.max(1000, Math.ceil((median * 80) / 50) * 50),
  };
}

function timeoutOf(latencies: readonly number[]): number {
  return Math.min(3600, Math.max(120, Math.ceil((latencyLimits(latencies).p99Milliseconds * 50) / 4000)));
}
