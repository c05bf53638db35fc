import { headerOf, type WireRequest } from '../wire/messages.ts';
import { S3Error } from './errors.ts';

/** The body of an upload, and the headers that came after it. */
export interface DecodedBody {
  readonly body: Buffer;
  readonly trailer: Readonly<Record<string, string>>;
}

/**
 * The body of a request without the framing of `aws-chunked`: `SIZE;chunk-signature=…\r\nDATA\r\n` for each chunk, then
 * trailing headers.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export function decodeBody(request: WireRequest): DecodedBody {
  const isChunked =
    headerOf(request, 'content-encoding')?.includes('aws-chunked') === true ||
    headerOf(request, 'x-amz-content-sha256')?.startsWith('STREAMING-') === true;
  if (!isChunked) return { body: request.body, trailer: {} };
  const chunks: Buffer[] = [];
  let position = 0;
  for (;;) {
    const end = request.body.indexOf('\r\n', position);
    const size = end < 0 ? NaN : parseInt(request.body.toString('latin1', position, end), 16);
    if (Number.isNaN(size)) throw new S3Error('IncompleteBody', 'The body is not framed as aws-chunked.', 400);
    position = end + 2;
    if (size === 0) break;
    chunks.push(request.body.subarray(position, position + size));
    position += size + 2;
  }
  const trailer: Record<string, string> = {};
  for (const line of request.body.toString('latin1', position).split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) trailer[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { body: Buffer.concat(chunks), trailer };
}
