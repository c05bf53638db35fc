import { z } from 'zod';
import { textOf } from '../../actions/lib/domain/smoke/answer.ts';
import type { RowAnswer } from '../../actions/lib/domain/model-review/row-difference.ts';

type Leaf = number | string | boolean | null;

/** A part of an answer that a smoke case can expect. */
export interface AnswerPart {
  /** The key in `expect.outputs`: a name, or a JSON pointer. */
  readonly key: string;
  readonly value: z.core.util.JSONType;
  /** The values in their order. */
  readonly leaves: readonly Leaf[];
  /** Integers, texts and booleans, which are compared exactly. */
  readonly isExact: boolean;
  readonly datatype: string | undefined;
  readonly shape: readonly number[] | undefined;
}

const v2Answer = z.looseObject({
  outputs: z.array(
    z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.number()), data: z.array(z.json()) }),
  ),
});
const simpleAnswer = z.record(z.string(), z.json());

/**
 * The parts of an answer with status 200; undefined for any other answer.
 *
 * @param exact the outputs of the model that are not of floating-point numbers: in the simple form no datatype tells them
 */
export function partsOf(answer: RowAnswer, exact: ReadonlySet<string>): readonly AnswerPart[] | undefined {
  if (answer.kind !== 'answered' || answer.status !== 200) return undefined;
  const body = parseJson(textOf(answer) ?? '');
  const v2 = v2Answer.safeParse(body);
  if (v2.success) {
    return v2.data.outputs.map(({ datatype, shape, data }, index) => ({
      ...partOf(`/outputs/${String(index)}/data`, data, !datatype.startsWith('FP')),
      ...{ datatype, shape },
    }));
  }
  const simple = simpleAnswer.safeParse(body);
  if (!simple.success) return undefined;
  return Object.entries(simple.data).map(([name, value]) => partOf(keyOf(name), value, exact.has(name)));
}

/** How far two answers are apart: the largest distance of numbers by part; undefined where anything else differs. */
export function distances(
  before: readonly AnswerPart[],
  after: readonly AnswerPart[] | undefined,
): readonly number[] | undefined {
  if (after?.length !== before.length) return undefined;
  const found = before.map((part, index) => distanceOf(part, after[index]));
  return found.every((each) => each !== undefined) ? found : undefined;
}

/** The largest absolute value of a part; 0 without finite numbers. */
export function scaleOf({ leaves }: AnswerPart): number {
  return leaves.reduce<number>((most, leaf) => Math.max(most, typeof leaf === 'number' ? Math.abs(leaf) : 0), 0);
}

function distanceOf(part: AnswerPart, other: AnswerPart | undefined): number | undefined {
  if (other?.leaves.length !== part.leaves.length) return undefined;
  let largest = 0;
  for (const [index, leaf] of part.leaves.entries()) {
    const found = other.leaves[index];
    if (leaf === found) continue;
    if (part.isExact || typeof leaf !== 'number' || typeof found !== 'number') return undefined;
    largest = Math.max(largest, Math.abs(leaf - found));
  }
  return largest;
}

function partOf(key: string, value: z.core.util.JSONType, isExact: boolean): AnswerPart {
  return { key, value, leaves: leavesOf(value), isExact, datatype: undefined, shape: undefined };
}

/** The name of a member as a key of `expect.outputs`: one that starts with a slash would be a pointer (RFC 6901). */
function keyOf(name: string): string {
  return name.startsWith('/') ? `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}` : name;
}

function leavesOf(value: z.core.util.JSONType): readonly Leaf[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(leavesOf);
  return [value];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
