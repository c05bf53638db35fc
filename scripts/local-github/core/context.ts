import type { GitRepository } from './git-repository.ts';
import type { Actor, State } from './state.ts';
import type { LocalGithubEvent } from './events.ts';

/** Dependencies of API handlers. */
export interface Context {
  readonly state: State;
  readonly git: GitRepository;
  /** Base of the API's addresses, without a slash at the end. */
  readonly apiUrl: string;
  /** Base of the addresses that people see. */
  readonly serverUrl: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  readonly emit: (event: LocalGithubEvent) => void;
}

/** A call of the API, decoded and checked against GitHub's description. */
export interface Call {
  readonly actor: Actor;
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A response; the server paginates lists. */
interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (context: Context, call: Call) => Answer | Promise<Answer>;

/** The time now, as GitHub writes it: to the second. */
export function timestamp(context: Context): string {
  return new Date(context.now()).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** The next id; one sequence for everything. */
export function takeId(state: State): number {
  state.nextId += 1;
  return state.nextId;
}

/** A text parameter that the description requires. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`expected a string by GitHub's description, got ${typeof value}`);
}

/** A text parameter, or a fallback where it was left out or null. */
export function textOr<Fallback>(value: unknown, fallback: Fallback): string | Fallback {
  return typeof value === 'string' ? value : fallback;
}

/** A whole number that the description requires. */
export function integer(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new TypeError(`expected a number by GitHub's description, got ${typeof value}`);
}
