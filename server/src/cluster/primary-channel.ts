import type { Configuration } from '../settings/configuration.ts';
import type { MetricsSnapshot } from '../telemetry/metrics.ts';

/** Environment variable that the primary marks its server processes with. */
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

/** True where this configuration asks for a primary with server processes under it. */
export function needsPrimary(
  { processes, multiModel }: Pick<Configuration, 'processes' | 'multiModel'>,
  processors: number,
): boolean {
  // Models that are loaded by request live in the one process that got the request.
  if (multiModel) return false;
  return processes === 'auto' ? processors > 1 : processes > 1;
}

/** A server process's line to the primary; without a primary it collects from itself alone. */
export interface PrimaryLine {
  readonly ready: (isInline: boolean) => void;
  readonly collect: () => Promise<readonly MetricsSnapshot[]>;
}

/** Connects this process with its primary, if it has one. */
export function connectPrimary(sharesPort: boolean, own: () => MetricsSnapshot): PrimaryLine {
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
