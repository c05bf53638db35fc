/** A file of captured data. */
export interface CapturedObject {
  readonly key: string;
  readonly bytes: number;
}

/** What an endpoint captured. Methods throw ServiceError. */
export interface CapturedRequests {
  /** The files of a folder, the newest first. */
  list(folder: string): Promise<readonly CapturedObject[]>;
  read(key: string): Promise<string>;
}
