import { setTimeout as delay } from 'node:timers/promises';
import type { Theatre } from './theatre.ts';

/** Runs that meet, and what has to hold when all have ended. */
export interface Meeting {
  readonly name: string;
  /** Plays it; gives what does not hold. */
  readonly play: (theatre: Theatre) => Promise<readonly string[]>;
}

/** Waits until an update of an endpoint is under way that was not before. */
async function untilUpdating({ stage }: Theatre, before: number): Promise<void> {
  while (countUpdates(stage.aws.calls) === before) await delay(20, undefined, { signal: stage.signal });
}

function countUpdates(calls: Theatre['stage']['aws']['calls']): number {
  return calls.filter(({ operation, error }) => operation === 'UpdateEndpoint' && error === undefined).length;
}

/** Refusals of SageMaker that show two jobs at one endpoint at the same time. */
function collisions({ stage }: Theatre, from: number): readonly string[] {
  const refused = stage.aws.calls.slice(from).filter(({ operation, error }) => operation === 'UpdateEndpoint' && error);
  return refused.length === 0 ? [] : [`${String(refused.length)} updates were refused: two jobs swapped at once`];
}

function unfinished({ stage }: Theatre, from: number): readonly string[] {
  return stage.runner.runs
    .slice(from)
    .filter(({ conclusion }) => conclusion === null)
    .map(({ workflow }) => `${workflow} has not ended`);
}

/** Starts a first workflow, a second one as soon as the first is swapping, and looks at the end of both. */
async function meet(
  theatre: Theatre,
  first: 'deploy.yml' | 'rollback.yml',
  second: typeof first,
  prepareSecond = async (): Promise<void> => await theatre.prepare(second),
) {
  const { stage } = theatre;
  const [calls, runs] = [stage.aws.calls.length, stage.runner.runs.length];
  await theatre.prepare(first);
  const before = countUpdates(stage.aws.calls);
  await theatre.begin(first);
  await untilUpdating(theatre, before);
  await prepareSecond();
  await theatre.begin(second);
  await stage.runner.idle();
  const problems = [...unfinished(theatre, runs), ...(await theatre.disagreements(second))];
  const last = stage.runner.runs.at(-1);
  if (last?.conclusion !== 'success') problems.unshift(`the last run: ${String(last?.conclusion)}`);
  // An abort makes no update: whatever is refused was tried beside another one.
  return [...problems, ...collisions(theatre, calls)];
}

export const MEETINGS: readonly Meeting[] = [
  {
    name: 'a second merge while the first is being deployed: one after the other, and the second serves',
    play: async (theatre) => await meet(theatre, 'deploy.yml', 'deploy.yml'),
  },
  {
    name: 'a rollback while a deployment swaps: what was rolled back to serves, and a pull request records it',
    play: async (theatre) => await meet(theatre, 'deploy.yml', 'rollback.yml'),
  },
  {
    name: 'a rollback that names no release while a deployment swaps: what served before serves on',
    play: async (theatre) =>
      await meet(theatre, 'deploy.yml', 'rollback.yml', async () => await theatre.prepareUnnamedRollback()),
  },
  {
    name: 'a deployment while a rollback swaps: it waits, and then what Git says serves',
    play: async (theatre) => await meet(theatre, 'rollback.yml', 'deploy.yml'),
  },
  {
    name: 'three releases at once: the promotion of the newest stays, and both older ones are closed',
    play: async (theatre) => {
      const { stage } = theatre;
      const before = stage.github.state.issues.length;
      for (let count = 0; count < 3; count += 1) {
        await theatre.prepare('release.yml');
        await theatre.begin('release.yml');
      }
      await stage.runner.idle();
      const problems = [...(await theatre.disagreements('release.yml'))];
      const opened = stage.github.state.issues.slice(before).filter(({ pull }) => pull !== undefined);
      const closed = opened.filter(({ state }) => state === 'closed').length;
      if (opened.length !== 3 || closed !== 2) {
        problems.push(`${String(opened.length)} promotions, ${String(closed)} of them closed`);
      }
      return problems;
    },
  },
];
