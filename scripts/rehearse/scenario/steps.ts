/** What one step of the story came to. */
export interface StepResult {
  readonly name: string;
  /** What happened, in a few words. */
  readonly outcome: string;
  readonly seconds: number;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** The workflow runs that were started meanwhile, as positions among all of them. */
  readonly runs: { readonly from: number; readonly until: number };
}

/** Runs the steps of a story one after the other and prints each as it happens. */
export interface StepRunner {
  /**
   * Runs a step; what it returns besides `outcome` is handed on.
   *
   * @throws what the step throws, after having recorded the failure.
   */
  step<Result extends { readonly outcome: string }>(name: string, run: () => Promise<Result>): Promise<Result>;
  /** Sets what the current step waits for; asked each time that it is printed. */
  waitsFor(describe: () => string): void;
  /** Sets how many workflow runs there are; none before. */
  countsRuns(count: () => number): void;
  readonly results: readonly StepResult[];
}

/** A step is never silent for longer than this. */
const PROGRESS_INTERVAL_MILLISECONDS = 4000;

/** StepRunner that print to a log, with the time since the start beside each line; none starts once the signal is aborted. */
export function startStepRunner(log: (line: string) => void, signal: AbortSignal): StepRunner {
  const started = performance.now();
  const results: StepResult[] = [];
  const stamp = (): string => `${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s`;
  let describe = (): string => '';
  let runs = (): number => 0;
  return {
    results,
    waitsFor: (next) => {
      describe = next;
    },
    countsRuns: (count) => {
      runs = count;
    },
    step: async (name, run) => {
      signal.throwIfAborted();
      log(`${stamp()}  ${name} …`);
      const from = performance.now();
      const start = { at: Date.now(), runs: runs() };
      const seconds = (): number => (performance.now() - from) / 1000;
      const ticker = setInterval(() => {
        log(`${stamp()}    … ${describe() || 'working'} (${seconds().toFixed(0)} s in this step)`);
      }, PROGRESS_INTERVAL_MILLISECONDS);
      const record = (outcome: string): void => {
        const taken = { seconds: seconds(), startedAt: start.at, endedAt: Date.now() };
        results.push({ name, outcome, ...taken, runs: { from: start.runs, until: runs() } });
        log(`${stamp()}    ${outcome}`);
      };
      try {
        const result = await run();
        record(result.outcome);
        return result;
      } catch (error) {
        record(signal.aborted ? 'interrupted' : 'NOT AS EXPECTED');
        throw error;
      } finally {
        clearInterval(ticker);
      }
    },
  };
}

/** Thrown when a step came to something else than the story expects. */
export class UnexpectedOutcome extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnexpectedOutcome';
  }
}

/**
 * Asserts an outcome.
 *
 * @throws UnexpectedOutcome that says what was looked at, what was expected and what was found.
 */
export function expectOutcome(subject: string, found: unknown, expected: unknown): void {
  if (JSON.stringify(found) === JSON.stringify(expected)) return;
  throw new UnexpectedOutcome(`${subject}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
}
