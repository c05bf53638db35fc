import type { ImageRepository } from './image-repository.ts';

/** What an image is built from. */
export interface ImageSource {
  /** The root of the repository; the other paths are relative to it. */
  readonly workingDirectory: string;
  readonly context: string;
  readonly dockerfile: string;
  /** The model's folder. */
  readonly modelDirectory: string;
  /** Whether the model is baked into the image; else SageMaker mounts it from S3. */
  readonly modelInImage: boolean;
  /** `os/architecture` */
  readonly platform: string;
  /** The full SHA of the commit. */
  readonly commit: string;
  /** The commit's time, in seconds since the Unix epoch: the only time in the image. */
  readonly commitTimeSeconds: number;
  readonly buildArguments: Readonly<Record<string, string>>;
  /** Network of the steps of the build, such as `host`; undefined for the engine's own. */
  readonly network: string | undefined;
}

/** Builds an image and puts it into a repository. */
export interface ImageBuilder {
  /** @throws UserError when no engine answers, or the build or the push fails. */
  publish(source: ImageSource, repository: ImageRepository, tag: string): Promise<void>;
}
