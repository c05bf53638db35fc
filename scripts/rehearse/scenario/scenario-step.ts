import type { ScenarioContext } from './context.ts';

/** A step of the scenario. */
export interface ScenarioStep {
  /** What `--from` takes. */
  readonly id: string;
  readonly title: string;
  /** What the step shows, for `--list`. */
  readonly shows: string;
  /** @throws UnexpectedOutcome when the outcome is another one. */
  readonly run: (context: ScenarioContext) => Promise<{ readonly outcome: string }>;
}
