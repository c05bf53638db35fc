import type { Configuration } from '../settings/configuration.ts';
import type { MetricsSnapshot } from '../telemetry/metrics.ts';

/** The primary sets this environment variable for its server processes. */
export const serverProcessVariable = 'INFERENCE_SERVER_PROCESS';

/** From a server process to the primary. */
export type ToPrimary =
  | { readonly kind: 'ready'; readonly isInline: boolean }
  | { readonly kind: 'collect'; readonly id: number }
  | { readonly kind: 'snapshot'; readonly id: number; readonly snapshot: MetricsSnapshot };

/** From the primary to a server process. */
export type FromPrimary =
  | { readonly kind: 'report'; readonly id: number }
  | { readonly kind: 'collected'; readonly id: number; readonly snapshots: readonly MetricsSnapshot[] };

/** True if the configuration needs a primary process. */
export function needsPrimary(
  { processes, multiModel }: Pick<Configuration, 'processes' | 'multiModel'>,
  processors: number,
): boolean {
  // Models that are loaded by request are in the process that got the request.
  if (multiModel) return false;
  return processes === 'auto' ? processors > 1 : processes > 1;
}

/** The channel of a server process to the primary; without a primary it collects the process's own metrics. */
export interface PrimaryChannel {
  readonly ready: (isInline: boolean) => void;
  readonly collect: () => Promise<readonly MetricsSnapshot[]>;
}

/** Opens the channel to the primary, if there is one. */
export function connectPrimary(sharesPort: boolean, own: () => MetricsSnapshot): PrimaryChannel {
  if (!sharesPort || process.send === undefined) {
    return { ready: () => undefined, collect: async () => await Promise.resolve([own()]) };
  }
  const send = (message: ToPrimary): void => {
    process.send?.(message);
  };
  const waiting = new Map<number, (snapshots: readonly MetricsSnapshot[]) => void>();
  let lastId = 0;
  process.on('message', (message: FromPrimary) => {
    if (message.kind === 'report') {
      send({ kind: 'snapshot', id: message.id, snapshot: own() });
      return;
    }
    waiting.get(message.id)?.(message.snapshots);
    waiting.delete(message.id);
  });
  return {
    ready: (isInline) => send({ kind: 'ready', isInline }),
    collect: async () => {
      const id = ++lastId;
      return await new Promise((resolve) => {
        waiting.set(id, resolve);
        send({ kind: 'collect', id });
      });
    },
  };
}
