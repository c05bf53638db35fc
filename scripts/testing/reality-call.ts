import type { IncomingMessage } from 'node:http';

/** A call of an AWS client: what it asks which service for, in which account's region, with which input. */
export interface AwsCall {
  readonly service: string;
  readonly region: string;
  readonly operation: string;
  /** Members by name: JSON as it is, fields of a form as texts. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Which form an error has in the answer. */
  readonly protocol: 'json' | 'query' | 's3';
  readonly body: string;
  /** The bucket of an S3 call. */
  readonly bucket: string;
}

/** Reads a call; undefined for what is none of the JSON, query and S3 protocols. */
export function readCall(request: IncomingMessage, body: string): AwsCall | undefined {
  const [, region = '', service = ''] =
    /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
  const url = new URL(request.url ?? '/', 'http://aws');
  const common = { service, region, body, bucket: '' };
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') {
    const operation = target.split('.').at(-1) ?? '';
    return { ...common, protocol: 'json', operation, input: objectOf(body) };
  }
  if (service === 's3') {
    const [, bucket = '', ...key] = decodeURIComponent(url.pathname).split('/');
    const operation =
      key.join('/') === '' ? `${request.method ?? ''} ${[...url.searchParams.keys()].join(' ')}` : 'object';
    return { ...common, protocol: 's3', operation: operation.trim(), input: {}, bucket };
  }
  if (!String(request.headers['content-type']).startsWith('application/x-www-form-urlencoded')) return undefined;
  const form = Object.fromEntries(new URLSearchParams(body));
  return { ...common, protocol: 'query', operation: form['Action'] ?? '', input: form };
}

/** A member of an input as a text; empty where there is none. */
export function textOf(input: unknown, ...path: readonly string[]): string {
  const value = valueOf(input, ...path);
  return typeof value === 'string' ? value : '';
}

/** A member of an input, by its path. */
export function valueOf(input: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined,
    input,
  );
}

/** A list in an input; empty where there is none. */
export function listOf(input: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = valueOf(input, ...path);
  return Array.isArray(value) ? value : [];
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
  } catch {
    return {};
  }
}
