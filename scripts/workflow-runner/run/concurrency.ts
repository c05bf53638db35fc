/** How a job or run wants its place in a concurrency group. */
interface Place {
  readonly group: string;
  readonly cancelInProgress: boolean;
  readonly queue: 'single' | 'max';
  /** Called when a newer one takes the place, running or waiting. */
  readonly cancel: () => void;
}

interface Waiting {
  readonly place: Place;
  readonly start: (release: (() => void) | undefined) => void;
}

/** The concurrency groups of a repository; names are compared without case, as GitHub does. */
export interface ConcurrencyGroups {
  /** Waits for the place; gives how to leave it, or undefined when it was taken away while waiting. */
  enter(place: Place): Promise<(() => void) | undefined>;
}

// https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
const LONGEST_QUEUE = 100;

/** Groups with one running and, by default, one waiting each. */
export function createConcurrencyGroups(): ConcurrencyGroups {
  const running = new Map<string, Place>();
  const waiting = new Map<string, Waiting[]>();

  const next = (key: string): void => {
    running.delete(key);
    const first = waiting.get(key)?.shift();
    if (first === undefined) return;
    running.set(key, first.place);
    first.start(once(() => next(key)));
  };
  const evict = (one: Waiting): void => {
    one.start(undefined);
    one.place.cancel();
  };
  return {
    enter: async (place) => {
      const key = place.group.toLowerCase();
      const current = running.get(key);
      if (current === undefined) {
        running.set(key, place);
        return once(() => next(key));
      }
      const queue = waiting.get(key) ?? [];
      waiting.set(key, queue);
      if (place.queue === 'single' || place.cancelInProgress) for (const one of queue.splice(0)) evict(one);
      if (place.cancelInProgress) current.cancel();
      return await new Promise((start) => {
        queue.push({ place, start });
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
