import type { CallLog } from '../core/call-log.ts';
import { answerUnder, type ApiFault, type ApiFaults } from '../faults/api-faults.ts';
import type { Caller } from '../core/service.ts';
import { identifyCaller, type Principals } from '../wire/caller.ts';
import { headerOf, type WireRequest, type WireResponse } from '../wire/messages.ts';
import { compareKeys, etagOf, keysBelow, type Bucket, type Buckets, type S3Object } from './buckets.ts';
import { checkChecksums } from './checksums.ts';
import { decodeBody } from './chunked-body.ts';
import { errorResponse, S3Error } from './errors.ts';
import { checkObjectHeaders } from './object-headers.ts';
import { xmlResponse } from './xml.ts';

export interface S3Context {
  readonly buckets: Buckets;
  readonly principals: Principals;
  readonly calls: CallLog;
  readonly faults: ApiFaults;
  readonly now: () => Date;
}

/** The operations that are emulated: buckets, whole objects, listings. */
type Operation = 'CreateBucket' | 'HeadBucket' | 'ListObjectsV2' | 'PutObject' | 'GetObject' | 'HeadObject';

/** A call of S3, addressed in the path style: `/BUCKET/KEY`. */
interface S3Call {
  readonly request: WireRequest;
  readonly caller: Caller;
  readonly bucket: string;
  readonly key: string;
}

/** Answers a call of S3. Objects are only ever added or replaced whole; nothing deletes them. */
export async function handleS3Request(context: S3Context, request: WireRequest): Promise<WireResponse | 'reset'> {
  const caller = identifyCaller(request, context.principals);
  const path = decodePath(request.path);
  if (path === undefined) {
    return errorResponse(new S3Error('InvalidURI', "Couldn't parse the specified URI.", 400), request.method);
  }
  const [bucket = '', ...rest] = path.slice(1).split('/');
  const call: S3Call = { request, caller, bucket, key: rest.join('/') };
  const operation = operationOf(call);
  if (operation === undefined) {
    return errorResponse(notEmulated(request), request.method);
  }
  const fault = context.faults.draw('s3', operation, caller);
  return await answerUnder(fault, async () => await Promise.resolve(carryOut(context, call, operation, fault)));
}

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** The answer to a call, which is recorded. */
function carryOut(context: S3Context, call: S3Call, operation: Operation, fault: ApiFault | undefined): WireResponse {
  const { request, caller, bucket, key } = call;
  let answer: WireResponse;
  let error: S3Error | undefined;
  try {
    if (fault?.kind === 'error') {
      throw new S3Error(fault.error.code, fault.error.message, fault.error.httpStatus);
    }
    answer = HANDLERS[operation](context, call);
  } catch (cause) {
    if (!(cause instanceof S3Error)) throw cause;
    error = cause;
    answer = errorResponse(cause, request.method);
  }
  const ifNoneMatch = headerOf(request, 'if-none-match');
  const prefix = request.query.get('prefix');
  context.calls.record({
    at: context.now(),
    service: 's3',
    operation,
    input: {
      Bucket: bucket,
      ...(key === '' ? {} : { Key: key }),
      ...(prefix === null ? {} : { Prefix: prefix }),
      ...(ifNoneMatch === undefined ? {} : { IfNoneMatch: ifNoneMatch }),
    },
    caller,
    error: error?.code,
    forwarded: false,
  });
  return answer;
}

function operationOf({ request, bucket, key }: S3Call): Operation | undefined {
  const { method, query } = request;
  // Copies are not emulated.
  if (bucket === '' || headerOf(request, 'x-amz-copy-source') !== undefined) return undefined;
  const isPlain = [...query.keys()].every((name) => name === 'x-id');
  if (key === '') {
    if (method === 'PUT' && isPlain) return 'CreateBucket';
    if (method === 'HEAD') return 'HeadBucket';
    return method === 'GET' && query.get('list-type') === '2' ? 'ListObjectsV2' : undefined;
  }
  if (!isPlain) return undefined;
  if (method === 'PUT') return 'PutObject';
  if (method === 'GET') return 'GetObject';
  return method === 'HEAD' ? 'HeadObject' : undefined;
}

function notEmulated({ method, path, query }: WireRequest): S3Error {
  const parameters = query.size === 0 ? '' : `?${query.toString()}`;
  const message = `The local AWS does not emulate S3 ${method} ${path}${parameters}, and no moto server is configured to forward it to.`;
  return new S3Error('NotImplemented', message, 501);
}

const HANDLERS: Readonly<Record<Operation, (context: S3Context, call: S3Call) => WireResponse>> = {
  CreateBucket: ({ buckets }, { bucket, caller, request }) => {
    const existing = buckets.get(bucket);
    if (existing !== undefined) {
      const isOwn = existing.accountId === caller.place.accountId;
      throw isOwn
        ? new S3Error(
            'BucketAlreadyOwnedByYou',
            'Your previous request to create the named bucket succeeded and you already own it.',
            409,
          )
        : new S3Error('BucketAlreadyExists', 'The requested bucket name is not available.', 409);
    }
    if (!isBucketName(bucket)) {
      throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.', 400, { BucketName: bucket });
    }
    buckets.set(bucket, {
      region: regionOfBucket(request, caller),
      accountId: caller.place.accountId,
      objects: new Map(),
    });
    return { status: 200, headers: { location: `/${bucket}` }, body: '' };
  },
  HeadBucket: ({ buckets }, call) => {
    const { region } = bucketOf(buckets, call);
    return { status: 200, headers: { 'x-amz-bucket-region': region }, body: '' };
  },
  ListObjectsV2: ({ buckets }, call) => listObjects(bucketOf(buckets, call), call),
  PutObject: ({ buckets, now }, call) => putObject(bucketOf(buckets, call), call, now()),
  GetObject: ({ buckets }, call) => {
    const found = objectOf(bucketOf(buckets, call), call);
    const headers = headersOf(found, call);
    return isUnchanged(found, call) ? { status: 304, headers, body: '' } : readRange(found, call, headers);
  },
  HeadObject: ({ buckets }, call) => {
    const found = objectOf(bucketOf(buckets, call), call);
    return {
      status: isUnchanged(found, call) ? 304 : 200,
      headers: { ...headersOf(found, call), 'content-length': String(found.body.length) },
      body: '',
    };
  },
};

function bucketOf(buckets: Buckets, { bucket, caller, request }: S3Call): Bucket {
  const found = buckets.get(bucket);
  if (found === undefined) {
    throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: bucket });
  }
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
  if ((headerOf(request, 'x-amz-expected-bucket-owner') ?? found.accountId) !== found.accountId) {
    throw new S3Error('AccessDenied', 'Access Denied', 403);
  }
  if (found.region === caller.place.region) return found;
  const message =
    'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.';
  throw new S3Error('PermanentRedirect', message, 301, { Bucket: bucket });
}

/** @throws S3Error when there is none, or not the one that If-Match names. */
function objectOf({ objects }: Bucket, { key, request }: S3Call): S3Object {
  const found = objects.get(key);
  if (found === undefined) throw new S3Error('NoSuchKey', 'The specified key does not exist.', 404, { Key: key });
  if (!matches(headerOf(request, 'if-match'), found)) throw preconditionFailed('If-Match');
  return found;
}

/** Whether a reader has what If-None-Match names already. */
function isUnchanged(found: S3Object, { request }: S3Call): boolean {
  const condition = headerOf(request, 'if-none-match');
  return condition !== undefined && matches(condition, found);
}

const unquoted = (etag: string): string => etag.replaceAll('"', '');

function matches(condition: string | undefined, { etag }: S3Object): boolean {
  return condition === undefined || condition === '*' || unquoted(condition) === unquoted(etag);
}

function preconditionFailed(condition: string): S3Error {
  const message = 'At least one of the pre-conditions you specified did not hold';
  return new S3Error('PreconditionFailed', message, 412, { Condition: condition });
}

/** The whole object, or the bytes that the request asks for. Several ranges at once are answered whole, as by S3. */
function readRange({ body }: S3Object, { request }: S3Call, headers: Readonly<Record<string, string>>): WireResponse {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(headerOf(request, 'range') ?? '') ?? [];
  if (from === '' && to === '') return { status: 200, headers, body };
  const start = from === '' ? Math.max(0, body.length - Number(to)) : Number(from);
  const end = from === '' || to === '' ? body.length - 1 : Math.min(Number(to), body.length - 1);
  if (start > end) throw new S3Error('InvalidRange', 'The requested range is not satisfiable', 416);
  const contentRange = `bytes ${String(start)}-${String(end)}/${String(body.length)}`;
  // A checksum is that of the whole object.
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-amz-checksum-')));
  return { status: 206, headers: { ...kept, 'content-range': contentRange }, body: body.subarray(start, end + 1) };
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
function isBucketName(name: string): boolean {
  return (
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !/\.\.|\.-|-\.|^\d+\.\d+\.\d+\.\d+$|^(?:xn--|sthree-|amzn-s3-demo-)|(?:-s3alias|--ol-s3|\.mrap|--x-s3)$/.test(name)
  );
}

/** @throws S3Error when the body names another region than that of the endpoint; that of us-east-1 takes every region. */
function regionOfBucket(request: WireRequest, { place }: Caller): string {
  const constraint = /<LocationConstraint[^>]*>([^<]+)</.exec(request.body.toString('utf8'))?.[1];
  if (place.region === 'us-east-1') return constraint ?? place.region;
  if (constraint === place.region) return constraint;
  const named = constraint ?? 'unspecified';
  throw new S3Error(
    'IllegalLocationConstraintException',
    `The ${named} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    400,
  );
}

function headersOf({ etag, contentType, modifiedAt, checksums }: S3Object, { request }: S3Call) {
  return {
    etag,
    'content-type': contentType,
    'last-modified': modifiedAt.toUTCString(),
    ...(headerOf(request, 'x-amz-checksum-mode') === 'ENABLED' && Object.keys(checksums).length > 0
      ? // Every object here was written in one part.
        { ...checksums, 'x-amz-checksum-type': 'FULL_OBJECT' }
      : {}),
  };
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
function putObject({ objects }: Bucket, { request, key }: S3Call, modifiedAt: Date): WireResponse {
  const { body, trailer } = decodeBody(request);
  const checksums = checkChecksums(request, body, trailer);
  if (Buffer.byteLength(key) > MOST_KEY_BYTES) {
    throw new S3Error('KeyTooLongError', 'Your key is too long', 400, { MaxSizeAllowed: String(MOST_KEY_BYTES) });
  }
  checkObjectHeaders(request);
  const ifMatch = headerOf(request, 'if-match');
  const current = objects.get(key);
  if (ifMatch !== undefined && current === undefined) {
    throw new S3Error('NoSuchKey', 'The specified key does not exist.', 404, { Key: key });
  }
  if (current !== undefined && !matches(ifMatch, current)) throw preconditionFailed('If-Match');
  const condition = headerOf(request, 'if-none-match');
  if (condition !== undefined && condition !== '*') {
    throw new S3Error('NotImplemented', 'A header you provided implies functionality that is not implemented', 501);
  }
  if (condition === '*' && objects.has(key)) throw preconditionFailed('If-None-Match');
  const etag = etagOf(body);
  const contentType = headerOf(request, 'content-type') ?? 'binary/octet-stream';
  objects.set(key, { body, etag, contentType, modifiedAt, checksums });
  return { status: 200, headers: { etag, ...checksums }, body: '' };
}

/** What a continuation token of this emulator starts with, before the last key of the page. */
const TOKEN_PREFIX = 'after:';

function parseToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString();
  if (text.startsWith(TOKEN_PREFIX)) return text.slice(TOKEN_PREFIX.length);
  throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect', 400);
}

const MOST_KEYS = 1000;
const MOST_KEY_BYTES = 1024;

function listObjects(listed: Bucket, { request: { query }, bucket }: S3Call): WireResponse {
  if (query.has('delimiter')) throw new S3Error('NotImplemented', 'The local AWS lists without a delimiter.', 501);
  const prefix = query.get('prefix') ?? '';
  const token = query.get('continuation-token');
  const after = token === null ? (query.get('start-after') ?? '') : parseToken(token);
  const asked = Number(query.get('max-keys') ?? MOST_KEYS);
  if (!Number.isInteger(asked) || asked < 0) {
    throw new S3Error('InvalidArgument', 'Argument max-keys must be an integer between 0 and 2147483647', 400);
  }
  const maximum = Math.min(asked, MOST_KEYS);
  const keys = keysBelow(listed, prefix).filter((key) => after === '' || compareKeys(key, after) > 0);
  const page = keys.slice(0, maximum);
  const isTruncated = maximum > 0 && keys.length > page.length;
  const encode = query.get('encoding-type') === 'url' ? encodeURIComponent : (text: string) => text;
  return xmlResponse(200, {
    ListBucketResult: {
      Name: bucket,
      Prefix: encode(prefix),
      KeyCount: page.length,
      MaxKeys: maximum,
      EncodingType: query.get('encoding-type') ?? undefined,
      IsTruncated: isTruncated,
      NextContinuationToken: isTruncated
        ? Buffer.from(`${TOKEN_PREFIX}${page.at(-1) ?? ''}`).toString('base64')
        : undefined,
      Contents: page.flatMap((key) => {
        const found = listed.objects.get(key);
        if (found === undefined) return [];
        const { etag, modifiedAt, body } = found;
        return [
          {
            Key: encode(key),
            LastModified: modifiedAt.toISOString(),
            ETag: etag,
            Size: body.length,
            StorageClass: 'STANDARD',
          },
        ];
      }),
    },
  });
}
