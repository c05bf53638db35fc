/** Work in short steps: between two of them the event loop serves others. A promise is awaited before the next step. */
export type Steps<T> = Generator<Promise<unknown> | undefined, T, undefined>;

/** Elements that are read or written in one step, where each takes up to some microseconds. */
export const elementsOfStep = 4096;

/** Runs all steps at once: for short work. */
export function runAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (step.value !== undefined) throw new TypeError('steps that wait cannot run at once');
  }
}

/** Takes the first step at once, and each other in a later turn of the event loop. */
export function stepByTurns<T>(steps: Steps<T>, done: (result: T) => void): void {
  const step = steps.next();
  if (step.done === true) done(step.value);
  else setImmediate(() => stepByTurns(steps, done));
}
