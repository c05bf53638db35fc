/** An image in a registry. */
interface RegistryImage {
  readonly digest: string;
  /** Media type of the manifest; SageMaker starts Docker schema 2 only. */
  readonly mediaType: string;
}

/** The registry that releases name their images in. Throws ServiceError when the call fails. */
export interface Registry {
  /** The image that a reference by digest names, or undefined where the registry doesn't hold it. */
  findImage(reference: string): Promise<RegistryImage | undefined>;
}
