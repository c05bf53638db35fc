import cluster, { type Worker } from 'node:cluster';
import type { Configuration } from '../settings/configuration.ts';
import type { MetricsSnapshot } from '../telemetry/metrics.ts';
import type { Logger } from '../telemetry/logging.ts';
import { serverProcessVariable, type FromPrimary, type ToPrimary } from './primary-channel.ts';

// Several server processes share one port: the primary accepts connections and distributes them in turn. Each process
// has its own copy of the model. This is faster if HTTP is the bottleneck, that is for models that run inline.

/** The replacement of a process that ends sooner than this after its start is delayed. */
const shortLifeMilliseconds = 5000;
const collectMilliseconds = 1000;

export interface PrimaryOptions {
  readonly configuration: Pick<Configuration, 'processes'>;
  readonly processors: number;
  readonly logger: Logger;
  readonly now: () => number;
}

/** Runs the primary: starts server processes, replaces those that end, and returns the exit code after SIGTERM. */
export async function runPrimary({ configuration, processors, logger, now }: PrimaryOptions): Promise<number> {
  let isStopping = false;
  let isStarted = false;
  let exitCode = 0;
  const started = new Map<number, number>();
  return await new Promise<number>((resolve) => {
    const fork = (): void => {
      const worker = cluster.fork({ [serverProcessVariable]: '1' });
      started.set(worker.id, now());
      worker.on('message', (message: ToPrimary) => receive(worker, message));
    };
    const receive = (worker: Worker, message: ToPrimary): void => {
      if (message.kind !== 'ready') {
        collect(worker, message);
        return;
      }
      if (isStarted) return;
      isStarted = true;
      const isSpread = configuration.processes !== 'auto' || message.isInline;
      const wanted = configuration.processes === 'auto' ? processors : configuration.processes;
      if (!isSpread || isStopping) return;
      for (let count = 1; count < wanted; count++) fork();
    };
    cluster.on('exit', (worker, code, signal) => {
      if (isStopping || !isStarted) {
        // A process that has no handler for SIGTERM yet ends by it; it has no connection.
        const wasOnlyStarting = isStopping && signal === 'SIGTERM';
        if (code !== 0 && !wasOnlyStarting) exitCode = 1;
        if (Object.keys(cluster.workers ?? {}).length === 0) resolve(exitCode);
        return;
      }
      const lifeMilliseconds = now() - (started.get(worker.id) ?? 0);
      started.delete(worker.id);
      logger('error', 'a server process ended and is replaced', { pid: worker.process.pid, code, signal });
      if (lifeMilliseconds > shortLifeMilliseconds) fork();
      else setTimeout(() => isStopping || fork(), shortLifeMilliseconds - lifeMilliseconds);
    });
    const stop = (): void => {
      isStopping = true;
      for (const worker of Object.values(cluster.workers ?? {})) worker?.process.kill('SIGTERM');
      if (Object.keys(cluster.workers ?? {}).length === 0) resolve(exitCode);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    fork();
  });
}

interface Collection {
  readonly requester: Worker;
  readonly requesterId: number;
  readonly snapshots: MetricsSnapshot[];
  missing: number;
}

const collections = new Map<number, Collection>();
let lastCollection = 0;

/** Collects the metrics of all processes for the one with the request. */
function collect(worker: Worker, message: Exclude<ToPrimary, { kind: 'ready' }>): void {
  if (message.kind === 'collect') {
    const id = ++lastCollection;
    const all = Object.values(cluster.workers ?? {}).flatMap((each) => each ?? []);
    collections.set(id, { requester: worker, requesterId: message.id, snapshots: [], missing: all.length });
    for (const each of all) each.send({ kind: 'report', id } satisfies FromPrimary);
    setTimeout(() => finish(id), collectMilliseconds);
    return;
  }
  const collection = collections.get(message.id);
  if (collection === undefined) return;
  collection.snapshots.push(message.snapshot);
  if (--collection.missing === 0) finish(message.id);
}

function finish(id: number): void {
  const collection = collections.get(id);
  if (collection === undefined) return;
  collections.delete(id);
  const { requester, requesterId, snapshots } = collection;
  if (requester.isConnected()) requester.send({ kind: 'collected', id: requesterId, snapshots } satisfies FromPrimary);
}
