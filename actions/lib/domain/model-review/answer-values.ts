import { textOf, type Answer } from '../smoke/answer.ts';
import { isJsonArray, isJsonNumber, isJsonObject, tryParseLosslessJson, type JsonValue } from '../json/lossless.ts';
import type { DescribedModel } from './described-model.ts';

/** A single value of an answer: a label is compared exactly, a score by its distance. */
export interface AnswerValue {
  /** Where it stands, such as `prediction[2]`. */
  readonly at: string;
  readonly kind: 'label' | 'score';
  /** A score's value, NaN and infinities included; a label's text. */
  readonly value: number | string;
}

/** The values of a JSON answer in their order; undefined where the answer is no JSON. */
export function valuesOf(answer: Answer, model: DescribedModel): readonly AnswerValue[] | undefined {
  const parsed = tryParseLosslessJson(textOf(answer) ?? '');
  if (parsed === undefined) return undefined;
  const values: AnswerValue[] = [];
  collect(parsed, '', 'score', labelNames(model), values);
  return values;
}

const LABEL_TYPES = /^(?:U?INT\d+|BOOL|BYTES)$/;
// What a simple body's answer calls the model's first output.
const MAIN_OUTPUT = ['prediction', 'predictions'];

/** The names under which an answer holds labels: outputs of integers, texts and booleans. */
function labelNames({ outputs }: DescribedModel): ReadonlySet<string> {
  const [main] = outputs;
  return new Set([
    'label',
    ...outputs.filter(({ datatype }) => LABEL_TYPES.test(datatype)).map(({ name }) => name),
    ...(main !== undefined && LABEL_TYPES.test(main.datatype) ? MAIN_OUTPUT : []),
  ]);
}

type Kind = AnswerValue['kind'];

function collect(value: JsonValue, at: string, kind: Kind, labels: ReadonlySet<string>, into: AnswerValue[]): void {
  if (isJsonArray(value)) {
    for (const [index, member] of value.entries()) collect(member, `${at}[${String(index)}]`, kind, labels, into);
    return;
  }
  if (isJsonObject(value)) {
    const head = headOf(value);
    // Tensors of protocol v2 have their name beside their values.
    const name = head === TENSOR_HEAD ? value.get('name') : undefined;
    const tensorKind = typeof name === 'string' && labels.has(name) ? 'label' : kind;
    for (const [key, member] of value) {
      if (head?.has(key) === true) continue;
      const path = at === '' ? key : `${at}.${key}`;
      collect(member, path, labels.has(key) ? 'label' : tensorKind, labels, into);
    }
    return;
  }
  if (isJsonNumber(value)) {
    into.push(kind === 'label' ? { at, kind, value: value.literal } : { at, kind, value: Number(value.literal) });
  } else if (typeof value === 'string' && kind === 'score' && NON_FINITE.test(value)) {
    into.push({ at, kind, value: Number(value) });
  } else {
    into.push({ at, kind: 'label', value: typeof value === 'string' ? value : String(value) });
  }
}

// What protocol v2 writes beside the values of an answer and of a tensor: these describe the model and the request.
const ANSWER_HEAD: ReadonlySet<string> = new Set(['model_name', 'model_version', 'id', 'parameters']);
const TENSOR_HEAD: ReadonlySet<string> = new Set(['name', 'datatype', 'shape', 'parameters']);

/** The members that are no values, where an object is an answer of protocol v2 or one of its tensors. */
function headOf(value: ReadonlyMap<string, JsonValue>): ReadonlySet<string> | undefined {
  if (typeof value.get('model_name') === 'string' && isJsonArray(value.get('outputs'))) return ANSWER_HEAD;
  return typeof value.get('name') === 'string' && typeof value.get('datatype') === 'string' ? TENSOR_HEAD : undefined;
}

const NON_FINITE = /^(?:NaN|-?Infinity)$/;
