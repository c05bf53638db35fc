import { promisify } from 'node:util';
import { deflate, gunzip, gzip, inflate, inflateRaw, type InputType, type ZlibOptions } from 'node:zlib';
import { Problem } from '../errors/problem.ts';

/** The encodings of bodies, apart from none. */
export type Encoding = 'gzip' | 'deflate';

const encodings = new Map<string, Encoding>([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
]);
/** More than one encoding of a body has no use. */
const mostEncodings = 2;
/** Fewer and larger pieces: each is a message between threads. */
const chunkSize = 262_144;

/** True if a Content-Encoding changes the body. */
export function isEncoded(contentEncoding: string | undefined): contentEncoding is string {
  return contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity' && contentEncoding !== '';
}

/**
 * Unpacks a request body, outside the event loop's thread, to at most `maxBytes`.
 * @throws Problem 415 for an encoding that is not supported, 400 for a body that is damaged, 413 for one that is too large
 */
export async function unpackBody(body: Buffer, contentEncoding: string, maxBytes: number): Promise<Buffer> {
  const names = contentEncoding.split(',').map((name) => name.trim().toLowerCase());
  const applied = names.filter((name) => name !== 'identity' && name !== '');
  const known = applied.map((name) => encodings.get(name));
  if (known.includes(undefined) || known.length > mostEncodings) {
    const detail = `Content-Encoding "${contentEncoding.slice(0, 40)}" is not understood; send gzip, deflate or no encoding`;
    throw new Problem(415, detail, { headers: { 'accept-encoding': 'gzip, deflate' } });
  }
  let unpacked = body;
  for (const encoding of known.reverse()) {
    if (encoding !== undefined) unpacked = await unpackOnce(unpacked, encoding, maxBytes);
  }
  return unpacked;
}

async function unpackOnce(body: Buffer, encoding: Encoding, maxBytes: number): Promise<Buffer> {
  const unpack = encoding === 'gzip' ? gunzip : hasZlibHeader(body) ? inflate : inflateRaw;
  return await new Promise((resolve, reject) => {
    // With `info` the callback gets the stream too: the bytes behind the end of the data show in its count.
    const done = (error: Error | null, result: unknown): void => {
      if (error === null && isInflated(result)) {
        if (result.engine.bytesWritten === body.length) resolve(result.buffer);
        else reject(new Problem(400, `the body has ${body.length - result.engine.bytesWritten} bytes behind its ${encoding} data`));
      } else if (error instanceof RangeError) {
        reject(new Problem(413, `the body unpacks to more than ${maxBytes} bytes; raise MAX_BODY_MIB to allow more`));
      } else {
        reject(new Problem(400, `the body is not valid ${encoding}: ${error?.message ?? ''}`, { cause: error }));
      }
    };
    unpack(body, { maxOutputLength: Math.max(1, maxBytes), chunkSize, info: true }, done);
  });
}

interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function isInflated(value: unknown): value is Inflated {
  return typeof value === 'object' && value !== null && 'buffer' in value && 'engine' in value;
}

/** The name deflate means the zlib format (RFC 9110); some clients send bare deflate data. */
function hasZlibHeader(body: Buffer): boolean {
  const [first = 0, second = 0] = body;
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}

/** Shorter responses are sent as they are: packing them saves nothing. */
const fewestBytes = 1400;

/** The encoding of a response of some bytes by the request's Accept-Encoding; undefined: none. */
export function responseEncoding(acceptEncoding: string | undefined, bytes: number): Encoding | undefined {
  if (acceptEncoding === undefined || (bytes < fewestBytes && !acceptEncoding.includes('=0'))) return undefined;
  const qualities = new Map<string, number>();
  for (const part of acceptEncoding.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
    qualities.set(name === 'x-gzip' ? 'gzip' : name, Number(quality));
  }
  const any = qualities.get('*') ?? 0;
  const gzipQuality = qualities.get('gzip') ?? any;
  const deflateQuality = qualities.get('deflate') ?? any;
  const demandsEncoding = (qualities.get('identity') ?? qualities.get('*')) === 0;
  if (bytes < fewestBytes && !demandsEncoding) return undefined;
  if (gzipQuality > 0 && gzipQuality >= deflateQuality) return 'gzip';
  return deflateQuality > 0 ? 'deflate' : undefined;
}

const packers = {
  gzip: promisify<InputType, ZlibOptions, Buffer>(gzip),
  deflate: promisify<InputType, ZlibOptions, Buffer>(deflate),
};

/** Packs a response body outside the event loop's thread, fast rather than small. */
export async function packBody(body: Uint8Array, encoding: Encoding): Promise<Buffer> {
  return await packers[encoding](body, { level: 1, chunkSize });
}
