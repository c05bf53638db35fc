import { AUDIT } from './audit.ts';
import { badModelSteps } from './bad-model.ts';
import type { Content } from './content.ts';
import type { ScenarioContext } from './context.ts';
import { deliverSteps } from './deliver.ts';
import { driftSteps } from './drift.ts';
import { otherServicesSteps } from './other-services.ts';
import { OWN_MODEL } from './own-model.ts';
import { rollBackSteps } from './roll-back.ts';
import type { ScenarioStep } from './scenario-step.ts';
import type { StepRunner } from './steps.ts';

/** The steps of the scenario for this content, with the workflow files of the repository. */
export function scenarioSteps(content: Content): readonly ScenarioStep[] {
  const about = { chain: content.main };
  return [
    OWN_MODEL,
    ...deliverSteps(content),
    ...badModelSteps(about),
    ...rollBackSteps(about),
    ...driftSteps(about),
    ...otherServicesSteps(content),
    ...AUDIT,
  ];
}

/**
 * Runs the scenario.
 *
 * @param from the step to begin with; the steps before it run too, but without streams of requests
 * @throws UnexpectedOutcome at the first step with another outcome.
 */
export async function runScenario(context: ScenarioContext, runner: StepRunner, from?: string): Promise<void> {
  const steps = scenarioSteps(context.fixture.content);
  const start = from === undefined ? 0 : steps.findIndex(({ id }) => id === from);
  for (const [index, { title, run }] of steps.entries()) {
    context.quiet = index < start;
    await runner.step(context.quiet ? `(before) ${title}` : title, async () => await run(context));
  }
}
