/** The place of a fault in a request, FastAPI's `loc`: names and zero-based indices from the outside in. */
export type Location = readonly (string | number)[];

/** A fault in a request. `expected` and `got` are short texts for a person. */
export interface Fault {
  readonly loc: Location;
  readonly msg: string;
  readonly type: string;
  readonly expected?: string;
  readonly got?: string;
}

/** Optional parts of a problem. */
export interface ProblemExtras {
  readonly errors?: readonly Fault[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  507: 'Insufficient Storage',
};

/** A response other than success, rendered as application/problem+json (RFC 9457). */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly errors: readonly Fault[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, detail: string, extras: ProblemExtras = {}) {
    super(detail, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.status = status;
    this.errors = extras.errors ?? [];
    this.headers = extras.headers ?? {};
  }
}

/** Names from a body are shown up to this length. */
const longestName = 100;

/** A 422 for one fault in the request's content. */
export function invalid(loc: Location, msg: string, type: string, expected?: string, got?: string): Problem {
  const shown = loc.map((part) => (typeof part === 'string' ? part.slice(0, longestName) : part));
  const fault: Fault = {
    loc: shown,
    msg,
    type,
    ...(expected === undefined ? {} : { expected }),
    ...(got === undefined ? {} : { got }),
  };
  return new Problem(422, `${describeLocation(shown)}: ${msg}`, { errors: [fault] });
}

/** `body.features[2][0]` for ['body', 'features', 2, 0]. */
function describeLocation(loc: Location): string {
  let text = '';
  for (const part of loc) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

/** The JSON text of a problem. `error` repeats the detail: clients of the Open Inference Protocol read it. */
export function renderProblem(problem: Problem, instance: string, requestId: string): string {
  return JSON.stringify({
    type: 'about:blank',
    title: titles[problem.status] ?? 'Error',
    status: problem.status,
    detail: problem.message,
    instance,
    requestId,
    error: problem.message,
    ...(problem.errors.length === 0 ? {} : { errors: problem.errors }),
  });
}

/** A short text for an unexpected JSON value: its kind, and its content if that is short. */
export function describeValue(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'string')
    return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return 'nothing';
}
