import type { IncomingMessage } from 'node:http';

/** A request's whole body. @throws RangeError above the limit, after the rest was read and dropped. */
export async function readBody(request: IncomingMessage, maximumBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer;
    length += bytes.byteLength;
    if (length <= maximumBytes) chunks.push(bytes);
  }
  if (length > maximumBytes) throw new RangeError(`a body of ${length} bytes is over the limit of ${maximumBytes}`);
  return Buffer.concat(chunks);
}
