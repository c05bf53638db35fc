import { createHash } from 'node:crypto';

/** An object of a bucket. Buckets here keep no versions. */
export interface S3Object {
  readonly body: Buffer;
  readonly etag: string;
  readonly contentType: string;
  readonly modifiedAt: Date;
  /** Checksum headers by name, as the writer gave them: `x-amz-checksum-sha256`. */
  readonly checksums: Readonly<Record<string, string>>;
}

export interface Bucket {
  readonly region: string;
  /** The account that made it. */
  readonly accountId: string;
  readonly objects: Map<string, S3Object>;
}

/** Every bucket by name: names are unique across accounts. */
export type Buckets = Map<string, Bucket>;

/** The ETag of an object that was written in one part: its MD5, in quotes. */
export const etagOf = (body: Buffer): string => `"${createHash('md5').update(body).digest('hex')}"`;

/** Keys sort as their UTF-8 bytes do. */
export const compareKeys = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));

/** The keys of a bucket that start with a prefix, in the order of S3. */
export const keysBelow = ({ objects }: Bucket, prefix: string): readonly string[] =>
  [...objects.keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys);
