import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Place } from '../core/place.ts';

/** Sends a request on to moto and streams the answer back; only the host and the account header change. */
export async function forwardToMoto(
  motoUrl: string,
  place: Place,
  request: IncomingMessage,
  body: Buffer | undefined,
  response: ServerResponse,
): Promise<void> {
  const target = new URL(motoUrl);
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = httpRequest({
      host: target.hostname,
      port: target.port,
      method: request.method,
      path: request.url,
      // Keep the host: in the virtual-hosted style of S3 it contains the bucket.
      headers: { ...request.headers, 'x-moto-account-id': place.accountId },
    });
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
    if (body === undefined) request.pipe(outgoing);
    else outgoing.end(body);
  });
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  await pipeline(answer, response);
}
