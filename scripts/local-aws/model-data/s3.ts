import type { Place } from '../core/place.ts';
import { etagOf, keysBelow, type Bucket, type Buckets } from '../s3/buckets.ts';

/** Reads objects of a bucket. */
export interface S3Reader {
  /** Keys under a prefix, in the order of the bucket. @throws Error when the bucket cannot be listed. */
  listKeys(bucket: string, prefix: string): Promise<readonly string[]>;
  /** @throws Error when there is no such object. */
  readObject(bucket: string, key: string): Promise<Buffer>;
}

/** Writes objects of a bucket. */
export interface S3Writer {
  /** @throws Error when there is no such bucket. */
  writeObject(bucket: string, key: string, body: Buffer): Promise<void>;
}

/** The buckets of the local AWS, as its other services use them. */
export function createBucketAccess(buckets: Buckets, now: () => Date): S3Reader & S3Writer {
  const bucketOf = (name: string): Bucket => {
    const found = buckets.get(name);
    if (found === undefined) throw new Error(`there is no bucket ${name}`);
    return found;
  };
  return {
    listKeys: async (bucket, prefix) => await Promise.resolve(keysBelow(bucketOf(bucket), prefix)),
    readObject: async (bucket, key) => {
      const found = bucketOf(bucket).objects.get(key);
      if (found === undefined) throw new Error(`there is no object ${key} in bucket ${bucket}`);
      return await Promise.resolve(found.body);
    },
    writeObject: async (name, key, body) => {
      const object = { body, etag: etagOf(body), contentType: 'application/octet-stream', modifiedAt: now() };
      await Promise.resolve(bucketOf(name).objects.set(key, { ...object, checksums: {} }));
    },
  };
}

/** The account's objects in moto at `url`, in the path style. */
export function createMotoAccess(url: string, place: Place): S3Reader & S3Writer {
  const headers = {
    'x-moto-account-id': place.accountId,
    // The server reads the service from the signature's scope and does not verify it.
    authorization: `AWS4-HMAC-SHA256 Credential=AKIALOCALAWS00000000/20260131/${place.region}/s3/aws4_request, SignedHeaders=host, Signature=0`,
  };
  const call = async (method: 'GET' | 'PUT', path: string, body?: Buffer) => {
    const response = await fetch(`${url}${path}`, { method, headers, ...(body && { body: new Uint8Array(body) }) });
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  };
  const pathOf = (bucket: string, key: string) => `/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
  return {
    async listKeys(bucket, prefix) {
      const keys: string[] = [];
      let token: string | undefined;
      do {
        const query = new URLSearchParams({ 'list-type': '2', 'encoding-type': 'url', prefix });
        if (token !== undefined) query.set('continuation-token', token);
        const page = parseListing((await call('GET', `/${bucket}?${query.toString()}`)).toString('utf8'));
        keys.push(...page.keys);
        token = page.nextToken;
      } while (token !== undefined);
      return keys;
    },
    readObject: (bucket, key) => call('GET', pathOf(bucket, key)),
    writeObject: async (bucket, key, body) => {
      await call('PUT', pathOf(bucket, key), body);
    },
  };
}

/** Keys and continuation of a ListObjectsV2 answer whose keys are URL-encoded. */
function parseListing(xml: string): {
  readonly keys: readonly string[];
  readonly nextToken: string | undefined;
} {
  const keys = [...xml.matchAll(/<Contents>.*?<Key>(?<key>[^<]*)<\/Key>/gs)].map((match) =>
    decodeURIComponent((match.groups?.['key'] ?? '').replaceAll('+', ' ')),
  );
  return { keys, nextToken: /<NextContinuationToken>(?<token>[^<]*)</.exec(xml)?.groups?.['token'] };
}
