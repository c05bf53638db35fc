import { Agent, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Message {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutMilliseconds?: number;
  readonly agent?: Agent;
}

/** Sends one request over node:http, which unlike fetch sends every header as given. @throws Error on connection errors and after the timeout. */
export function send(url: string, message: Message): Promise<Answer> {
  const {
    method = message.body === undefined ? 'GET' : 'POST',
    path,
    headers = {},
    body,
    timeoutMilliseconds = 60_000,
    agent,
  } = message;
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const outgoing = request(
      {
        hostname,
        port,
        // As given: a URL would be normalised, and one that begins with // would name another host.
        path,
        method,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }) },
        ...(agent === undefined ? {} : { agent }),
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => {
          clearTimeout(timer);
          const entries = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as const);
          resolve({
            status: incoming.statusCode ?? 0,
            headers: Object.fromEntries(entries),
            body: Buffer.concat(chunks),
          });
        });
        incoming.on('error', reject);
      },
    );
    const timer = setTimeout(() => {
      outgoing.destroy(new Error(`${method} ${path}: no answer within ${timeoutMilliseconds} ms`));
    }, timeoutMilliseconds);
    outgoing.on('error', (error) => {
      clearTimeout(timer);
      reject(Object.assign(error, { isFreshConnection: !outgoing.reusedSocket }));
    });
    outgoing.end(body);
  });
}

/**
 * Whether a request failed before any server took its connection: nobody listened, or the system reset a new connection
 * that was still waiting to be accepted when the server stopped listening.
 */
export function isNeverAccepted(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  const isFresh = 'isFreshConnection' in error && error.isFreshConnection === true;
  return error.code === 'ECONNREFUSED' || (error.code === 'ECONNRESET' && isFresh);
}

/** Sends JSON and parses the answer as JSON. */
export async function sendJson(
  url: string,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; headers: Readonly<Record<string, string>>; json: unknown }> {
  const answer = await send(url, {
    path,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
  const text = answer.body.toString();
  return { status: answer.status, headers: answer.headers, json: text === '' ? undefined : JSON.parse(text) };
}
