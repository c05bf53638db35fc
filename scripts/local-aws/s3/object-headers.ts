import { headerOf, type WireRequest } from '../wire/messages.ts';
import { S3Error } from './errors.ts';

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
const ENCRYPTIONS = ['AES256', 'aws:fsx', 'aws:kms', 'aws:kms:dsse'];
const STORAGE_CLASSES = [
  ...['STANDARD', 'REDUCED_REDUNDANCY', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER'],
  ...['DEEP_ARCHIVE', 'OUTPOSTS', 'GLACIER_IR', 'SNOW', 'EXPRESS_ONEZONE', 'FSX_OPENZFS', 'FSX_ONTAP'],
];
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
const METADATA_PREFIX = 'x-amz-meta-';
const MOST_METADATA_BYTES = 2048;

/** @throws S3Error for an encryption, a storage class or metadata that S3 refuses. */
export function checkObjectHeaders(request: WireRequest): void {
  if (!ENCRYPTIONS.includes(headerOf(request, 'x-amz-server-side-encryption') ?? 'AES256')) {
    throw new S3Error('InvalidArgument', 'The encryption method specified is not supported', 400);
  }
  if (!STORAGE_CLASSES.includes(headerOf(request, 'x-amz-storage-class') ?? 'STANDARD')) {
    throw new S3Error('InvalidStorageClass', 'The storage class you specified is not valid', 400);
  }
  const metadata = Object.entries(request.headers)
    .filter(([name]) => name.toLowerCase().startsWith(METADATA_PREFIX))
    .map(([name, value]) => `${name.slice(METADATA_PREFIX.length)}${String(value)}`);
  if (Buffer.byteLength(metadata.join('')) > MOST_METADATA_BYTES) {
    throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', 400);
  }
}
