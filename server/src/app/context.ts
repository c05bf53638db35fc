import type { Metrics, MetricsSnapshot } from '../telemetry/metrics.ts';
import type { InferencePolicy } from './inference.ts';
import type { Configuration } from '../settings/configuration.ts';
import type { Logger } from '../telemetry/logging.ts';
import type { ServerIdentity } from '../http/response-headers.ts';
import type { ModelRegistry } from '../model/registry.ts';

/** The phase of the server: ready once the model is warm, draining after SIGTERM. */
export type Phase = 'starting' | 'ready' | 'draining';

/** The status of /ping in a phase. */
export function pingStatus(phase: Phase): 200 | 503 {
  return phase === 'ready' ? 200 : 503;
}

/** The state that requests and signals share. */
export interface Lifecycle {
  phase: Phase;
}

/** The dependencies of the routes. */
export interface AppContext {
  readonly configuration: Configuration;
  readonly policy: InferencePolicy;
  readonly lifecycle: Lifecycle;
  /** What each response says of the server; the digest is known once the models are loaded. */
  readonly identity: ServerIdentity;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The metrics of all processes that share the port. */
  readonly collectMetrics: () => Promise<readonly MetricsSnapshot[]>;
  readonly models: ModelRegistry;
  /** Runs that may be under way at once, for /execution-parameters. */
  readonly processors: number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly nextRequestId: () => string;
}
