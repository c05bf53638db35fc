import { bodyOf, type SmokeCase } from '../../../actions/lib/domain/smoke/cases.ts';
import { nearlyNormal } from '../../../server/sample-model/random.ts';

/** What a container answers, and how long it takes. */
export interface ModelAnswer {
  readonly status: number;
  readonly body: string;
  readonly milliseconds: number;
}

/** A question to a model: a smoke case, or a caller's with the point that it has among all inputs, from 0 up to 1. */
export type Question =
  { readonly smoke: SmokeCase; readonly at: number } | { readonly smoke: null; readonly at: number };

/** How a model is wrong. */
type Wrongness = 'offset' | 'nan' | 'constant';

/** A fault of green. Every part is optional; without any, green is as blue. */
export interface Fault {
  readonly name: string;
  readonly wrong?: Wrongness;
  /** The share of inputs that it is wrong for, from 0 to 1; default all. Smoke cases are inputs too, at fixed points. */
  readonly inputs?: number;
  /** Whether no smoke case is among these inputs. */
  readonly isUnasked?: boolean;
  /** Requests that an instance answers well before. */
  readonly afterRequests?: number;
  /** Only in the fleet: on the runner it is right. */
  readonly onlyInFleet?: boolean;
  /** Only on so many instances. */
  readonly instances?: number;
  readonly slower?: number;
  /** Share of requests that end with status 500. */
  readonly errors?: number;
}

/** Median and spread (standard deviation of the logarithm) of latencies, in milliseconds. */
export const LATENCY = { model: { median: 10, spread: 0.3 }, network: { median: 25, spread: 0.15 } } as const;

/** Whether a fault shows in the answer to a question, on an instance that has answered so many before. */
export function isWrong(
  fault: Fault,
  question: Question,
  answeredBefore: number,
  instance: number | 'runner',
): boolean {
  if (fault.wrong === undefined || answeredBefore < (fault.afterRequests ?? 0)) return false;
  if (instance === 'runner' ? fault.onlyInFleet === true : instance >= (fault.instances ?? Infinity)) return false;
  if (question.smoke !== null && fault.isUnasked === true) return false;
  return question.at < (fault.inputs ?? 1);
}

/** The answer of a model, right or wrong. */
export function answerOf(fault: Fault | null, question: Question, wrong: boolean, uniform: () => number): ModelAnswer {
  const { median, spread } = LATENCY.model;
  const milliseconds = median * (fault?.slower ?? 1) * Math.exp(spread * nearlyNormal(uniform));
  if (fault?.errors !== undefined && uniform() < fault.errors) return { status: 500, body: '{}', milliseconds };
  const body = question.smoke === null ? '' : bodyFor(question.smoke, wrong ? (fault?.wrong ?? null) : null);
  return { status: 200, body, milliseconds };
}

/** The points of the smoke cases among all inputs: the last one that expects an answer is in every class. */
export function pointOf(smoke: SmokeCase, cases: readonly SmokeCase[]): number {
  const index = cases.indexOf(smoke);
  return 1 - (index + 1) / cases.length;
}

/** The body that a case expects, or one that is wrong. A case that expects nothing of the body gets a constant. */
function bodyFor(smoke: SmokeCase, wrong: Wrongness | null): string {
  const { text, outputs } = smoke.expect;
  if (text !== undefined) return wrong === null ? text : 'wrong';
  const answer: Record<string, unknown> = {};
  for (const [name, { value }] of Object.entries(outputs ?? {}))
    place(answer, name, wrong === null ? value : damage(value, wrong));
  return JSON.stringify(answer);
}

function damage(value: unknown, wrong: Wrongness): unknown {
  if (Array.isArray(value)) return value.map((item) => damage(item, wrong));
  if (typeof value !== 'number') return 'wrong';
  // A model that divides by zero gives NaN, which JSON writes as null.
  return wrong === 'nan' ? null : wrong === 'constant' ? 0.123 : value * 2 + 1000;
}

/** Puts a value where an expected output is: under a key, or at a JSON pointer (RFC 6901). */
function place(answer: Record<string, unknown>, name: string, value: unknown): void {
  if (!name.startsWith('/')) {
    answer[name] = value;
    return;
  }
  const parts = name
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  let at: Record<string, unknown> | unknown[] = answer;
  parts.forEach((part, index) => {
    const next = parts[index + 1];
    const target: Record<string, unknown> = at as Record<string, unknown>;
    if (next === undefined) target[part] = value;
    else at = (target[part] ??= /^\d+$/.test(next) ? [] : {}) as Record<string, unknown>;
  });
}

/** The cases of a smoke file by their bodies, made once: a bench asks them by the million. */
const BODIES = new WeakMap<readonly SmokeCase[], ReadonlyMap<string, SmokeCase>>();

/** The case that a request asks, by its body. */
export function caseOf(body: Uint8Array, cases: readonly SmokeCase[]): SmokeCase | undefined {
  let byBody = BODIES.get(cases);
  if (byBody === undefined) {
    // Of equal bodies the first case counts.
    byBody = new Map([...cases].reverse().map((smoke) => [keyOf(bodyOf(smoke)), smoke]));
    BODIES.set(cases, byBody);
  }
  return byBody.get(keyOf(body));
}

function keyOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
}
