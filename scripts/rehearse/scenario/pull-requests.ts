import type { Issue } from '@sagemaker-gitops/local-github';
import { expectRuns, runsAfter, type ExpectedRun } from './expect-run.ts';
import { expectOutcome, UnexpectedOutcome } from './steps.ts';
import type { ScenarioContext } from './context.ts';

/** The jobs of pull-request.yml in a pull request of ours that changes content. */
const CHECKED = {
  'Choose the checks': 'success',
  'Check content': 'success',
  'Mark an older plan as void': 'success',
  'Show the plans': 'success',
  Gate: 'success',
} as const;

/** A run of pull-request.yml that checks content and plans some environments. */
export function checked(...environments: readonly string[]): ExpectedRun {
  const plans = environments.map((name) => [`Plan ${name}`, 'success'] as const);
  return {
    workflow: 'pull-request.yml',
    conclusion: 'success',
    jobs: { ...CHECKED, ...Object.fromEntries(plans) },
  };
}

/** A run of pull-request.yml that also reviews the model of a service. */
export function reviewed(service: string, run: ExpectedRun): ExpectedRun {
  return { ...run, jobs: { ...run.jobs, [`Review ${service}`]: 'success' } };
}

/** A run of pull-request.yml whose content checks fail. */
export const REFUSED: ExpectedRun = {
  workflow: 'pull-request.yml',
  conclusion: 'failure',
  jobs: { ...CHECKED, 'Check content': 'failure', Gate: 'failure' },
};

/** The one open pull request with a branch that begins so. @throws UnexpectedOutcome when there is none, or more. */
export function onlyPull({ fixture }: ScenarioContext, prefix: string): Issue {
  const [pull, ...others] = fixture.team.openPulls(prefix);
  if (pull === undefined || others.length > 0) {
    throw new UnexpectedOutcome(
      `expected one open pull request from ${prefix}…, found ${String(others.length + (pull === undefined ? 0 : 1))}`,
    );
  }
  return pull;
}

/** The one comment of the workflows on a pull request. @throws UnexpectedOutcome when there is none, or more. */
export function onlyComment({ fixture }: ScenarioContext, pullRequest: number): string {
  const comments = fixture.github.state.comments.filter(
    ({ number, user }) => number === pullRequest && user.login === 'github-actions[bot]',
  );
  expectOutcome(`comments of the workflows on #${String(pullRequest)}`, comments.length, 1);
  return comments[0]?.body ?? '';
}

/** Asserts that a text contains others. */
export function expectWords(subject: string, text: string, words: readonly string[]): void {
  for (const word of words) {
    if (!text.includes(word)) throw new UnexpectedOutcome(`${subject} does not contain "${word}":\n${text}`);
  }
}

/** Merges a pull request whose run went well, and asserts the runs that come of it. */
export async function mergeAndExpect(
  context: ScenarioContext,
  pullRequest: number,
  expected: readonly ExpectedRun[],
): Promise<void> {
  const runs = await runsAfter(context.fixture, async () => await context.fixture.team.merge(pullRequest));
  await expectRuns(runs, expected);
}
