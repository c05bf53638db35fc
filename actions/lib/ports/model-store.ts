import type { ModelFile, ModelObject } from '../domain/release/model-artifact.ts';

/** Where models are published: a bucket whose objects are written once. */
export interface ModelStore {
  readonly bucket: string;
  /** Every object under a prefix: its key without the prefix, and its size. */
  list(prefix: string): Promise<readonly { readonly path: string; readonly sizeBytes: number }[]>;
  /** The SHA-256 of an object's content in hex. */
  sha256Of(key: string): Promise<string>;
  /** Writes an object with its checksum where there is none of this key; says whether it did. */
  putOnce(key: string, file: ModelFile, source: string): Promise<'written' | 'exists'>;
}

/** Published models, as their buckets describe them. */
export interface ModelObjects {
  /** Every object under a prefix `s3://BUCKET/PREFIX/`, with the checksum that the bucket keeps. Reads no content. */
  read(uri: string): Promise<readonly ModelObject[]>;
}
