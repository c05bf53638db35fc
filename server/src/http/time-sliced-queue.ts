/** Runs costly tasks in time slices, so that the event loop serves new connections, and /ping, between two slices. */
export interface TimeSlicedQueue {
  /** Runs a task now if this turn's slice has time left, else in a later turn, in order. */
  readonly run: (task: () => void) => void;
}

/** Makes a queue with one slice of `sliceMilliseconds` a turn. `defer` calls back after the current turn. */
export function createTimeSlicedQueue(
  sliceMilliseconds: number,
  now: () => number,
  defer: (callback: () => void) => void,
): TimeSlicedQueue {
  const waiting: (() => void)[] = [];
  let spent = 0;
  let isPlanned = false;
  const runTimed = (task: () => void): void => {
    const started = now();
    task();
    spent += now() - started;
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
