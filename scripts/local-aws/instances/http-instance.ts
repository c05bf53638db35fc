import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { InvocationFailure, type InvocationRequest, type InvocationResponse } from './launcher.ts';

/** Talks to the server of one instance over kept connections. */
export interface InstanceConnection {
  ping(timeoutMilliseconds: number): Promise<boolean>;
  invoke(request: InvocationRequest): Promise<InvocationResponse>;
  close(): void;
}

/** A connection pool to an instance that listens on a loopback port. */
export function connectToInstance(port: number): InstanceConnection {
  const agent = new Agent({ keepAlive: true, scheduling: 'lifo' });
  const send = (method: string, call: InvocationRequest) => exchange(agent, port, method, call);
  return {
    async ping(timeoutMilliseconds) {
      try {
        const call = { path: '/ping', headers: {}, body: Buffer.alloc(0), timeoutMilliseconds };
        return (await send('GET', call)).status === 200;
      } catch {
        return false;
      }
    },
    invoke: (call) => send('POST', call),
    close: () => agent.destroy(),
  };
}

async function exchange(
  agent: Agent,
  port: number,
  method: string,
  call: InvocationRequest,
  isRetry = false,
): Promise<InvocationResponse> {
  const headers = { ...call.headers, ...(method === 'POST' && { 'content-length': String(call.body.byteLength) }) };
  const request = httpRequest({ agent, host: '127.0.0.1', port, method, path: call.path, headers });
  try {
    return await readAnswer(request, call);
  } catch (error) {
    // A server may close an idle connection just as it is used again; nothing of the request was read then.
    if (request.reusedSocket && !isRetry && isReset(error)) return await exchange(agent, port, method, call, true);
    if (error instanceof InvocationFailure) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvocationFailure('connection', `no answer from port ${port}: ${reason}`, { cause: error });
  }
}

function readAnswer(request: ClientRequest, call: InvocationRequest): Promise<InvocationResponse> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new InvocationFailure('timeout', `no answer within ${call.timeoutMilliseconds} ms`));
      request.destroy();
    }, call.timeoutMilliseconds);
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    request.on('error', fail);
    request.on('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        clearTimeout(timer);
        const headers = Object.fromEntries(
          Object.entries(response.headers).map(([name, value]) => [
            name,
            Array.isArray(value) ? value.join(',') : value,
          ]),
        );
        resolve({ status: response.statusCode ?? 502, headers, body: Buffer.concat(chunks) });
      });
    });
    request.end(call.body);
  });
}

const isReset = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
