/** Runs costly tasks in time slices, so that the event loop serves new connections, and /ping, between two slices. */
export interface TimeSlicedQueue {
  /**
   * Runs a task now if this turn's slice has time left, else in a later turn, in order. A task that returns 'more' is
   * called again, after the others that wait.
   */
  readonly run: (task: SlicedTask) => void;
}

export type SlicedTask = () => 'done' | 'more';

/** Makes a queue with one slice of `sliceMilliseconds` a turn. `defer` calls back after the current turn. */
export function createTimeSlicedQueue(
  sliceMilliseconds: number,
  now: () => number,
  defer: (callback: () => void) => void,
): TimeSlicedQueue {
  const waiting: SlicedTask[] = [];
  let spent = 0;
  let isPlanned = false;
  const runTimed = (task: SlicedTask): void => {
    const started = now();
    const outcome = task();
    spent += now() - started;
    if (outcome === 'more') waiting.push(task);
  };
  const plan = (): void => {
    if (isPlanned) return;
    isPlanned = true;
    defer(() => {
      isPlanned = false;
      spent = 0;
      while (spent < sliceMilliseconds) {
        const task = waiting.shift();
        if (task === undefined) return;
        runTimed(task);
      }
      plan();
    });
  };
  return {
    run: (task) => {
      if (waiting.length > 0 || spent >= sliceMilliseconds) waiting.push(task);
      else runTimed(task);
      plan();
    },
  };
}
