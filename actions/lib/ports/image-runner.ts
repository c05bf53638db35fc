import type { SmokeCase } from '../domain/smoke/cases.ts';
import type { Probe } from '../domain/smoke/check.ts';
import type { ImageRepository } from './image-repository.ts';

/** A container as SageMaker starts it. */
export interface ContainerSpec {
  /** By digest. */
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What is mounted at /opt/ml/model; undefined where the model is in the image. */
  readonly modelFolder: string | undefined;
  /** Longest time to the first good answer of /ping. */
  readonly startupTimeoutSeconds: number;
}

/** The answers of a container that has started. */
interface ContainerAnswers {
  /** From the start to the first good answer of /ping. */
  readonly startSeconds: number;
  /** One for each case, in their order. */
  readonly probes: readonly Probe[];
}

/** Runs images on this machine. */
export interface ImageRunner {
  /** @throws UserError when no engine answers, or the image can't be pulled. */
  pull(repository: ImageRepository, image: string): Promise<void>;
  /**
   * Starts a container without a network and on a read-only file system, asks it the cases, and removes it.
   *
   * @throws UserError when it is not ready in time.
   */
  ask(container: ContainerSpec, cases: readonly SmokeCase[]): Promise<ContainerAnswers>;
}
