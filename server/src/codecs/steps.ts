/** Work in short steps: between two of them the event loop serves others. A promise is awaited before the next step. */
export type Steps<T> = Generator<Promise<unknown> | undefined, T, undefined>;

/** Runs all steps at once: for short work. */
export function runAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (step.value !== undefined) throw new TypeError('steps that wait cannot run at once');
  }
}
