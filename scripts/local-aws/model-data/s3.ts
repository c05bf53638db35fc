import type { Place } from '../core/place.ts';

/** Reads objects of a bucket from an S3 server (moto) in the path style. */
export interface S3Reader {
  /** Keys under a prefix, in the order of the bucket. @throws Error when the bucket cannot be listed. */
  listKeys(bucket: string, prefix: string): Promise<readonly string[]>;
  /** @throws Error when there is no such object. */
  readObject(bucket: string, key: string): Promise<Buffer>;
}

/** Reads the account's objects from an S3 server at `url`. */
export function createS3Reader(url: string, place: Place): S3Reader {
  const headers = {
    'x-moto-account-id': place.accountId,
    // The server reads the service from the signature's scope and does not verify it.
    authorization: `AWS4-HMAC-SHA256 Credential=AKIALOCALAWS00000000/20260131/${place.region}/s3/aws4_request, SignedHeaders=host, Signature=0`,
  };
  const get = async (path: string) => {
    const response = await fetch(`${url}${path}`, { headers });
    if (!response.ok) throw new Error(`GET ${path} answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  };
  return {
    async listKeys(bucket, prefix) {
      const keys: string[] = [];
      let token: string | undefined;
      do {
        const query = new URLSearchParams({ 'list-type': '2', 'encoding-type': 'url', prefix });
        if (token !== undefined) query.set('continuation-token', token);
        const page = parseListing((await get(`/${bucket}?${query.toString()}`)).toString('utf8'));
        keys.push(...page.keys);
        token = page.nextToken;
      } while (token !== undefined);
      return keys;
    },
    readObject: (bucket, key) => get(`/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`),
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
