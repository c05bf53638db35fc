import type { Configuration } from '../settings/configuration.ts';
import type { Logger } from '../telemetry/logging.ts';

/** What loading a model needs from the process around it. */
export interface LoadEnvironment {
  readonly configuration: Configuration;
  readonly processors: number;
  /** File of the worker thread's program. */
  readonly workerEntry: string;
  readonly logger: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Hears that a batch of answers is complete. */
  readonly onSettled: () => void;
  /** Hears of each run of a model. */
  readonly onRun: (
    model: string,
    run: { readonly jobs: number; readonly rows: number; readonly milliseconds: number },
  ) => void;
  /** True while the event loop serves others, so that it must not be blocked by loading. */
  readonly isServing: () => boolean;
}
