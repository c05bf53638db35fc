import type { MetricsSnapshot } from '../telemetry/metrics.ts';

/** Collects the metrics of all processes for the one that has a request for them. */
export interface MetricsCollection<Process> {
  readonly begin: (requester: Process, requesterId: number, asked: readonly Process[]) => void;
  readonly receive: (id: number, snapshot: MetricsSnapshot) => void;
}

/** A process that does not report within this time is left out. */
const collectMilliseconds = 1000;

interface Collection {
  readonly finish: () => void;
  readonly snapshots: MetricsSnapshot[];
  missing: number;
}

/** @param ask a process for its snapshot @param answer the requester with all snapshots */
export function createMetricsCollection<Process>(
  ask: (process: Process, id: number) => void,
  answer: (requester: Process, requesterId: number, snapshots: readonly MetricsSnapshot[]) => void,
): MetricsCollection<Process> {
  const collections = new Map<number, Collection>();
  let lastId = 0;
  return {
    begin: (requester, requesterId, asked) => {
      const id = ++lastId;
      const snapshots: MetricsSnapshot[] = [];
      const finish = (): void => {
        clearTimeout(timer);
        if (collections.delete(id)) answer(requester, requesterId, snapshots);
      };
      const timer = setTimeout(finish, collectMilliseconds);
      collections.set(id, { finish, snapshots, missing: asked.length });
      for (const process of asked) ask(process, id);
    },
    receive: (id, snapshot) => {
      const collection = collections.get(id);
      if (collection === undefined) return;
      collection.snapshots.push(snapshot);
      if (--collection.missing === 0) collection.finish();
    },
  };
}
