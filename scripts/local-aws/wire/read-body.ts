import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

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

/**
 * As {@link readBody}, decompressed: SDKs compress the large requests of some operations, such as PutMetricData.
 *
 * @throws RangeError above the limit, before and after decompression; SyntaxError when it is not what its header says.
 */
export async function readPlainBody(request: IncomingMessage, maximumBytes: number): Promise<Buffer> {
  const body = await readBody(request, maximumBytes);
  if (request.headers['content-encoding'] !== 'gzip') return body;
  try {
    return await promisify(gunzip)(body, { maxOutputLength: maximumBytes });
  } catch (error) {
    // A buffer over the limit is a RangeError.
    if (error instanceof RangeError) throw error;
    throw new SyntaxError('the body is not in gzip, as its content-encoding says', { cause: error });
  }
}
