import type { Issue } from '../local-github/state.ts';
import { expectRuns, runsAfter } from './expect-run.ts';
import type { EnvironmentName } from './rehearsal-environments.ts';
import { expectOutcome, UnexpectedOutcome } from './steps.ts';
import type { World } from './world.ts';

/** The jobs of pull-request.yml that always run, in a pull request of ours. */
export const CHECKED = {
  Check: 'success',
  'Mark an older plan as void': 'success',
  'Find the changed environments': 'success',
  'Show the plans': 'success',
  Gate: 'success',
} as const;

/** The jobs of a pull request that changes environments. */
export function planned(...environments: readonly EnvironmentName[]) {
  return { ...CHECKED, ...Object.fromEntries(environments.map((name) => [`Plan ${name}`, 'success' as const])) };
}

/** The one open pull request with a branch that begins so. @throws UnexpectedOutcome when there is none, or more. */
export function onlyPull({ stage }: World, prefix: string): Issue {
  const [pull, ...others] = stage.team.openPulls(prefix);
  if (pull === undefined || others.length > 0) {
    throw new UnexpectedOutcome(
      `expected one open pull request from ${prefix}…, found ${String(others.length + (pull === undefined ? 0 : 1))}`,
    );
  }
  return pull;
}

/** The one comment of the workflows on a pull request. @throws UnexpectedOutcome when there is none, or more. */
export function onlyComment({ stage }: World, pullRequest: number): string {
  const comments = stage.github.state.comments.filter(
    ({ number, user }) => number === pullRequest && user.login === 'github-actions[bot]',
  );
  expectOutcome(`comments of the workflows on #${String(pullRequest)}`, comments.length, 1);
  return comments[0]?.body ?? '';
}

/** Holds texts to be in a longer one. */
export function expectWords(subject: string, text: string, words: readonly string[]): void {
  for (const word of words) {
    if (!text.includes(word)) throw new UnexpectedOutcome(`${subject} says nothing of "${word}":\n${text}`);
  }
}

/** Merges a pull request whose run went well, and holds the runs that come of it against what should. */
export async function mergeAndExpect(
  world: World,
  pullRequest: number,
  expected: Parameters<typeof expectRuns>[1],
): Promise<void> {
  const runs = await runsAfter(world.stage, async () => await world.stage.team.merge(pullRequest));
  await expectRuns(runs, expected);
}
