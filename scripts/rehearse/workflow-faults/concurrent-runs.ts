import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowDriver } from './driver.ts';

/** Workflow runs that overlap, and a check of their end. */
export interface ConcurrentRuns {
  readonly name: string;
  /** Runs them; gives what is wrong at the end. */
  readonly run: (driver: WorkflowDriver) => Promise<readonly string[]>;
}

/** Waits until an update of an endpoint is under way that was not before. */
async function untilUpdating({ fixture }: WorkflowDriver, before: number): Promise<void> {
  while (countUpdates(fixture.aws.calls) === before) await delay(20, undefined, { signal: fixture.signal });
}

function countUpdates(calls: WorkflowDriver['fixture']['aws']['calls']): number {
  return calls.filter(({ operation, error }) => operation === 'UpdateEndpoint' && error === undefined).length;
}

/** Refusals of SageMaker that show two jobs at one endpoint at the same time. */
function collisions({ fixture }: WorkflowDriver, from: number): readonly string[] {
  const refused = fixture.aws.calls
    .slice(from)
    .filter(({ operation, error }) => operation === 'UpdateEndpoint' && error);
  return refused.length === 0 ? [] : [`${String(refused.length)} updates were refused: two jobs swapped at once`];
}

function unfinished({ fixture }: WorkflowDriver, from: number): readonly string[] {
  return fixture.runner.runs
    .slice(from)
    .filter(({ conclusion }) => conclusion === null)
    .map(({ workflow }) => `${workflow} has not ended`);
}

/** Starts a workflow, starts a second one while the first is swapping, and checks the end of both. */
async function runConcurrently(
  driver: WorkflowDriver,
  first: 'deploy.yml' | 'rollback.yml',
  second: typeof first,
  prepareSecond = async (): Promise<void> => await driver.prepare(second),
) {
  const { fixture } = driver;
  const [calls, runs] = [fixture.aws.calls.length, fixture.runner.runs.length];
  await driver.prepare(first);
  const before = countUpdates(fixture.aws.calls);
  await driver.begin(first);
  await untilUpdating(driver, before);
  await prepareSecond();
  await driver.begin(second);
  await fixture.runner.idle();
  const problems = [...unfinished(driver, runs), ...(await driver.disagreements(second))];
  const last = fixture.runner.runs.at(-1);
  if (last?.conclusion !== 'success') problems.unshift(`the last run: ${String(last?.conclusion)}`);
  // An abort makes no update, so a refused update means two swaps at once.
  return [...problems, ...collisions(driver, calls)];
}

export const CONCURRENT_RUNS: readonly ConcurrentRuns[] = [
  {
    name: 'a second merge while the first is being deployed: one after the other, and the second serves',
    run: async (driver) => await runConcurrently(driver, 'deploy.yml', 'deploy.yml'),
  },
  {
    name: 'a rollback while a deployment swaps: what was rolled back to serves, and a pull request records it',
    run: async (driver) => await runConcurrently(driver, 'deploy.yml', 'rollback.yml'),
  },
  {
    name: 'a rollback that names no release while a deployment swaps: what served before serves on',
    run: async (driver) =>
      await runConcurrently(driver, 'deploy.yml', 'rollback.yml', async () => await driver.prepareUnnamedRollback()),
  },
  {
    name: 'a deployment while a rollback swaps: it waits, and then what Git says serves',
    run: async (driver) => await runConcurrently(driver, 'rollback.yml', 'deploy.yml'),
  },
  {
    name: 'three releases at once: the promotion of the newest stays, and both older ones are closed',
    run: async (driver) => {
      const { fixture } = driver;
      const before = fixture.github.state.issues.length;
      for (let count = 0; count < 3; count += 1) {
        await driver.prepare('release.yml');
        await driver.begin('release.yml');
      }
      await fixture.runner.idle();
      const problems = [...(await driver.disagreements('release.yml'))];
      const opened = fixture.github.state.issues.slice(before).filter(({ pull }) => pull !== undefined);
      const closed = opened.filter(({ state }) => state === 'closed').length;
      if (opened.length !== 3 || closed !== 2) {
        problems.push(`${String(opened.length)} promotions, ${String(closed)} of them closed`);
      }
      return problems;
    },
  },
];
