import { createHash } from 'node:crypto';
import { z } from 'zod';
import { UserError } from '../errors/user-error.ts';
import { parseJsonFile, type JsonFile } from '../json/file.ts';
import { parseCsv, separatorOf } from '../smoke/csv.ts';
import { bodyOf, isSuccessCase, type SmokeCase } from '../smoke/cases.ts';
import { shorten } from '../text/shorten.ts';
import type { DescribedModel, DescribedTensor } from './described-model.ts';
import type { ReviewRow } from './row-difference.ts';
import type { RowOrigin } from './summary.ts';

/** The rows of smoke or golden cases that expect an answer. */
export function rowsOfCases(
  cases: readonly SmokeCase[],
  origin: 'golden case' | 'smoke case',
  file: string,
): readonly ReviewRow[] {
  return cases.filter(isSuccessCase).map((smoke) => ({
    name: `${file}: ${smoke.name}`,
    origin,
    contentType: smoke.request.contentType,
    accept: smoke.request.accept,
    body: bodyOf(smoke),
  }));
}

/**
 * The rows of a file that a team picked: `.csv` with a header, or `.jsonl` with one request body, or one row as a list, a
 * line.
 *
 * @throws UserError when the file has another ending or no row.
 */
export function rowsOfFile(file: string, text: string, origin: RowOrigin): readonly ReviewRow[] {
  const lines = text.split(/\r?\n/).map((line, index) => ({ line, number: index + 1 }));
  const filled = lines.filter(({ line }) => line.trim() !== '');
  const [header, ...records] = filled;
  if (file.endsWith('.csv') && origin !== 'captured' && header !== undefined) checkHeader(file, header.line);
  const rows = file.endsWith('.jsonl')
    ? filled.map(({ line, number }) => {
        const name = `${file}:${String(number)}`;
        // What callers sent may be anything; what a team writes is meant to be answered.
        if (origin !== 'captured') parseJsonFile({ path: name, text: line }, z.unknown(), 'Correct the line.');
        const body = line.trimStart().startsWith('[') ? `{"instances":[${line}]}` : line;
        return { name, body, contentType: 'application/json' };
      })
    : file.endsWith('.csv')
      ? records.map(({ line, number }) => ({
          name: `${file}:${String(number)}`,
          body: `${header?.line ?? ''}\n${line}\n`,
          contentType: 'text/csv; header=present',
        }))
      : [];
  if (rows.length > 0)
    return rows.map((row) => ({ ...row, origin, accept: 'application/json', body: Buffer.from(row.body) }));
  throw new UserError({
    what: `${file} has no rows for the review`,
    expected: 'a .jsonl file with one request a line, or a .csv file with a header and rows',
    found: filled.length === 0 ? 'an empty file' : `${String(filled.length)} lines`,
    remedy: 'Add rows, or remove the file.',
  });
}

/**
 * The columns of a table without names are numbered, from 0 or 1.
 *
 * @throws UserError when the first line of a CSV file has other numbers alone, and so is a row.
 */
function checkHeader(file: string, line: string): void {
  const [fields = []] = parseCsv(line, separatorOf(line));
  const numbers = fields.map((field) => (field.trim() === '' ? Number.NaN : Number(field)));
  const isNumbered = numbers.every((number, index) => number === index + (numbers[0] === 1 ? 1 : 0));
  if (isNumbered || numbers.some((number) => Number.isNaN(number))) return;
  throw new UserError({
    what: `${file} has no header`,
    where: `${file}:1`,
    expected: 'a first line with the names of the columns',
    found: shorten(line, 100),
    remedy: 'Add the names as the first line.',
  });
}

const bounds = z.tuple([z.number(), z.number()]);
const declaredInput = z.looseObject({
  columns: z.array(z.string()).optional(),
  range: bounds.optional(),
  ranges: z.record(z.string(), bounds).optional(),
  values: z.array(z.union([z.string(), z.number()])).optional(),
});
const signatureFile = z.looseObject({
  inputs: z.record(z.string(), declaredInput).default({}),
  example: z.record(z.string(), z.unknown()).optional(),
});

export type DeclaredSignature = z.output<typeof signatureFile>;

/**
 * What a signature.json says about the values of inputs.
 *
 * @throws UserError when the file is no JSON object.
 */
export function parseDeclaredSignature(file: JsonFile): DeclaredSignature {
  return parseJsonFile(file, signatureFile, 'Correct signature.json; server/README.md describes it.');
}

/** The example of a signature as a row; none where it has none. */
export function exampleRow({ example }: DeclaredSignature): readonly ReviewRow[] {
  if (example === undefined) return [];
  const body = Buffer.from(JSON.stringify({ inputs: example }));
  return [{ name: 'the example of signature.json', origin: 'example', ...JSON_BOTH_WAYS, body }];
}

const JSON_BOTH_WAYS = { contentType: 'application/json', accept: 'application/json' };

/** The columns of an input that some ranges are declared for, and that have none: no rows are made up then. */
export function columnsWithoutRange({ inputs }: DeclaredSignature): readonly string[] {
  return Object.entries(inputs).flatMap(([name, { columns = [], range, ranges, values }]) =>
    ranges === undefined || range !== undefined || values !== undefined
      ? []
      : columns.filter((column) => !Object.hasOwn(ranges, column)).map((column) => `${name}.${column}`),
  );
}

/** How many rows are made up where nobody says otherwise, and from which seed. */
export const MADE_UP = { count: 200, seed: 1 } as const;

// A row of more is no row, and shapes are whatever the file says.
const MOST_ELEMENTS = 100_000;

/** Rows within the declared ranges and values, one a request; none where an input has neither, or is too large. */
export function madeUpRows(
  { inputs: declared }: DeclaredSignature,
  { inputs }: DescribedModel,
  { count, seed }: { readonly count: number; readonly seed: number } = MADE_UP,
): readonly ReviewRow[] {
  const random = seededUniform(seed);
  const makers = inputs.map((tensor) => makerOf(tensor, declared[tensor.name], random));
  if (inputs.length === 0 || makers.includes(undefined)) return [];
  return Array.from({ length: count }, (_, index) => ({
    name: `made up ${String(index + 1)}`,
    origin: 'made up',
    ...JSON_BOTH_WAYS,
    body: Buffer.from(JSON.stringify({ inputs: makers.map((make) => make?.()) })),
  }));
}

/** Uniform numbers in [0, 1) that a seed determines. */
function seededUniform(seed: number): () => number {
  let drawn = 0;
  return () => {
    drawn += 1;
    return (
      createHash('sha256')
        .update(`${String(seed)} ${String(drawn)}`)
        .digest()
        .readUInt32BE() /
      2 ** 32
    );
  };
}

type Declared = z.output<typeof declaredInput>;

function makerOf(
  { name, datatype, shape }: DescribedTensor,
  declared: Declared | undefined,
  random: () => number,
): (() => object) | undefined {
  if (declared === undefined) return undefined;
  const sizes = shape.map((size) => (size === -1 ? 1 : size));
  const count = sizes.reduce((product, size) => product * size, 1);
  if (count > MOST_ELEMENTS) return undefined;
  const columns = declared.columns ?? Array.from({ length: sizes.at(-1) ?? 1 }, () => '');
  const isWhole = /INT/.test(datatype);
  const choose = columns.map((column): (() => number | string) | undefined => {
    const { values } = declared;
    if (values !== undefined && values.length > 0) return () => values[Math.floor(random() * values.length)] ?? '';
    const range = declared.ranges?.[column] ?? declared.range;
    if (range === undefined) return undefined;
    const [low, high] = range;
    return isWhole
      ? () => Math.floor(low + random() * (high - low + 1))
      : () => Math.fround(low + random() * (high - low));
  });
  if (choose.includes(undefined) || columns.length === 0) return undefined;
  return () => ({
    ...{ name, datatype, shape: sizes },
    data: Array.from({ length: count }, (_, index) => choose[index % columns.length]?.()),
  });
}
