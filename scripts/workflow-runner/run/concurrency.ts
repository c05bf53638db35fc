/** A request of a job or run to enter a concurrency group. */
interface Entry {
  readonly group: string;
  readonly cancelInProgress: boolean;
  readonly queue: 'single' | 'max';
  /** Called when a newer one replaces it, running or waiting. */
  readonly cancel: () => void;
}

interface Waiting {
  readonly entry: Entry;
  readonly start: (release: (() => void) | undefined) => void;
}

/** The concurrency groups of a repository; names are compared without case, as GitHub does. */
export interface ConcurrencyGroups {
  /** Waits to enter; returns a function that leaves, or undefined when a newer one replaced it while waiting. */
  enter(entry: Entry): Promise<(() => void) | undefined>;
}

// https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
const LONGEST_QUEUE = 100;

/** Creates groups, each with one running and by default one waiting entry. */
export function createConcurrencyGroups(): ConcurrencyGroups {
  const running = new Map<string, Entry>();
  const waiting = new Map<string, Waiting[]>();

  const next = (key: string): void => {
    running.delete(key);
    const first = waiting.get(key)?.shift();
    if (first === undefined) return;
    running.set(key, first.entry);
    first.start(once(() => next(key)));
  };
  const evict = (one: Waiting): void => {
    one.start(undefined);
    one.entry.cancel();
  };
  return {
    enter: async (entry) => {
      const key = entry.group.toLowerCase();
      const current = running.get(key);
      if (current === undefined) {
        running.set(key, entry);
        return once(() => next(key));
      }
      const queue = waiting.get(key) ?? [];
      waiting.set(key, queue);
      if (entry.queue === 'single' || entry.cancelInProgress) for (const one of queue.splice(0)) evict(one);
      if (entry.cancelInProgress) current.cancel();
      return await new Promise((start) => {
        queue.push({ entry, start });
        if (queue.length > LONGEST_QUEUE) {
          const [oldest] = queue.splice(0, 1);
          if (oldest !== undefined) evict(oldest);
        }
      });
    },
  };
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
