import type { Configuration } from '../configuration.ts';
import type { Logger } from '../logging.ts';
import type { ServedModel } from '../model/served-model.ts';

/** Where the server is in its life: ready only once the model is warm, draining after SIGTERM. */
export type Phase = 'starting' | 'ready' | 'draining';

/** The one piece of state that requests and signals share. */
export interface Lifecycle {
  phase: Phase;
}

/** What the routes need. */
export interface AppContext {
  readonly configuration: Configuration;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  /** The model that requests without a name go to; undefined while none is loaded. */
  readonly defaultModel: () => ServedModel | undefined;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly nextRequestId: () => string;
}
