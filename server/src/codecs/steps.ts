/** Work in short steps: between two of them the event loop serves others. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Runs all steps at once: for short work. */
export function runAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
