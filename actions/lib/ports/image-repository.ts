import type { PublishedImage } from '../domain/image/manifest.ts';

/** One image repository, with the credentials to push to it. */
export interface ImageRepository {
  /** `HOST[:PORT]` */
  readonly registry: string;
  /** `REGISTRY/NAME`, what a tag or digest is appended to. */
  readonly uri: string;
  readonly name: string;
  readonly username: string;
  readonly password: string;
}

/** Finds repositories of images in an account. */
export interface ImageRepositories {
  /** @throws UserError when there is no such repository, or it may not be read. */
  open(name: string): Promise<ImageRepository>;
  /** Digest of the image that was pushed last, this one apart; undefined where there is no other. */
  findLatest(name: string, exceptDigest: string): Promise<string | undefined>;
}

/** Reads what a repository holds. */
export interface ImageReader {
  /**
   * The image under a tag or digest, or undefined where there is none.
   *
   * @throws UserError when what is there is not an image that SageMaker can run.
   */
  find(reference: string): Promise<PublishedImage | undefined>;
}
