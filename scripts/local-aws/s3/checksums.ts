import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { headerOf, type WireRequest } from '../wire/messages.ts';
import { S3Error } from './errors.ts';

const ALGORITHMS: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  'x-amz-checksum-crc32': (body) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(body));
    return bytes;
  },
  'x-amz-checksum-sha1': (body) => createHash('sha1').update(body).digest(),
  'x-amz-checksum-sha256': (body) => createHash('sha256').update(body).digest(),
};
const NOT_EMULATED = ['x-amz-checksum-crc32c', 'x-amz-checksum-crc64nvme'];

/**
 * The checksums that a request gives of its body, in headers or in the trailer of a chunked body.
 *
 * @throws S3Error when one does not match, or its algorithm is not emulated.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export function checkChecksums(
  request: WireRequest,
  body: Buffer,
  trailer: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const given = (name: string): string | undefined => headerOf(request, name) ?? trailer[name];
  const unknown = NOT_EMULATED.find((name) => given(name) !== undefined);
  if (unknown !== undefined) {
    throw new S3Error('NotImplemented', `The local AWS does not compute ${unknown}.`, 501);
  }
  const md5 = headerOf(request, 'content-md5');
  if (md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64')) {
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.', 400);
  }
  const checksums: Record<string, string> = {};
  for (const [name, compute] of Object.entries(ALGORITHMS)) {
    const value = given(name);
    if (value === undefined) continue;
    if (value !== compute(body).toString('base64')) {
      const algorithm = name.replace('x-amz-checksum-', '').toUpperCase();
      throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`, 400);
    }
    checksums[name] = value;
  }
  return checksums;
}
