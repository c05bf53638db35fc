import type { Configuration } from '../settings/configuration.ts';
import type { Logger } from '../telemetry/logging.ts';

/** The dependencies of loading a model. */
export interface LoadEnvironment {
  readonly configuration: Configuration;
  readonly processors: number;
  /** Bytes for all loaded models of this process. */
  readonly memoryBytes: number;
  /** File of the worker thread's program. */
  readonly workerEntry: string;
  readonly logger: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Called when all jobs of a batch are settled. */
  readonly onSettled: () => void;
  /** Called after each successful run. */
  readonly onRun: (
    model: string,
    run: { readonly jobs: number; readonly rows: number; readonly milliseconds: number },
  ) => void;
  /** Called after each batch that ran again row by row. */
  readonly onBatchCheck: (model: string, agrees: boolean) => void;
  /** True while the event loop serves requests: loading must not block it then. */
  readonly isServing: () => boolean;
}
