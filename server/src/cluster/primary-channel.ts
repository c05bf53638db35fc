import type { Socket } from 'node:net';
import type { Configuration } from '../settings/configuration.ts';
import type { MetricsSnapshot } from '../telemetry/metrics.ts';

/** The primary sets this environment variable for its server processes. */
export const serverProcessVariable = 'INFERENCE_SERVER_PROCESS';

/** From a server process to the primary. */
export type ToPrimary =
  | { readonly kind: 'ready'; readonly isInline: boolean }
  | { readonly kind: 'taken'; readonly connection: number }
  | { readonly kind: 'collect'; readonly id: number }
  | { readonly kind: 'snapshot'; readonly id: number; readonly snapshot: MetricsSnapshot };

/** From the primary to a server process. The socket of a connection comes with the message. */
export type FromPrimary =
  | { readonly kind: 'connection'; readonly connection: number }
  | { readonly kind: 'port-closed' }
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

/** The channel of a server process to the primary. */
export interface PrimaryChannel {
  readonly ready: (isInline: boolean) => void;
  readonly collect: () => Promise<readonly MetricsSnapshot[]>;
  /** Resolves when no connection follows: the primary has closed the port, or has ended. */
  readonly portClosed: Promise<void>;
}

/** Opens the channel to the primary. `take` gets the connections of this process, paused. */
export function connectPrimary(own: () => MetricsSnapshot, take: (socket: Socket) => void): PrimaryChannel {
  const send = (message: ToPrimary): void => {
    process.send?.(message);
  };
  const waiting = new Map<number, (snapshots: readonly MetricsSnapshot[]) => void>();
  let lastId = 0;
  const portClosed = new Promise<void>((resolve) => {
    process.once('disconnect', resolve);
    process.on('message', (message: FromPrimary, socket: Socket | undefined) => {
      switch (message.kind) {
        case 'connection':
          send({ kind: 'taken', connection: message.connection });
          // Node passes none if the client has gone.
          if (socket !== undefined) take(socket);
          return;
        case 'port-closed':
          resolve();
          return;
        case 'report':
          send({ kind: 'snapshot', id: message.id, snapshot: own() });
          return;
        case 'collected':
          waiting.get(message.id)?.(message.snapshots);
          waiting.delete(message.id);
      }
    });
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
    portClosed,
  };
}
