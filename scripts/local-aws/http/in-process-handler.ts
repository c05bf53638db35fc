import { Readable } from 'node:stream';
import type { ApiAnswer } from './handle-request.ts';
import type { WireRequest } from '../wire/messages.ts';

/** The used part of the request that an AWS SDK client passes to its handler. */
interface SdkRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[] | null>> | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface SdkResponse {
  readonly response: {
    readonly statusCode: number;
    readonly headers: Record<string, string>;
    readonly body: Uint8Array | Readable;
  };
}

/** A request handler for AWS SDK clients: `new SageMakerClient({ requestHandler })` needs no socket. */
export interface InProcessHandler {
  readonly metadata: { readonly handlerProtocol: string };
  handle(request: SdkRequest): Promise<SdkResponse>;
  destroy(): void;
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): Record<string, never>;
}

/** The same services over function calls, in the same wire protocols. */
export function createInProcessHandler(
  answer: (request: WireRequest) => Promise<ApiAnswer | undefined>,
): InProcessHandler {
  return {
    metadata: { handlerProtocol: 'in-process' },
    async handle(request) {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(request.query ?? {})) {
        for (const each of [value].flat()) query.append(name, each ?? '');
      }
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
      );
      const body = toBuffer(request.body);
      const result = await answer({ method: request.method, path: request.path, query, headers, body });
      if (result === undefined) throw new Error(`The local AWS does not emulate ${request.method} ${request.path}.`);
      if (result === 'reset') throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
      const bytes = new Uint8Array(Buffer.from(result.body));
      // The SDK takes the body of an object as a stream only.
      const responseBody = query.get('x-id') === 'GetObject' ? Readable.from([Buffer.from(bytes)]) : bytes;
      return { response: { statusCode: result.status, headers: { ...result.headers }, body: responseBody } };
    },
    destroy: () => undefined,
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
}

function toBuffer(body: unknown): Buffer {
  if (body === undefined || body === null) return Buffer.alloc(0);
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  throw new TypeError('The in-process handler takes request bodies of text or bytes.');
}
