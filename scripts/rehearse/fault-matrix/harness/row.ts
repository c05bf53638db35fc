import { setTimeout as delay } from 'node:timers/promises';
import type { DeploymentState } from '../../../../actions/lib/domain/swap/result.ts';
import type { EndPhase } from '../../../../actions/lib/domain/swap/state.ts';
import type { DeploymentsGithub } from '../../../testing/deployments-github.ts';
import type { RunResult, RunOptions } from './run-use-case.ts';
import type { ReleaseName, MatrixFixture, FixtureOptions } from './fixture.ts';

/** How rows run: the actions' own code on a virtual clock, or their bundles with real processes. */
export interface Mode<Fixture extends MatrixFixture = MatrixFixture> {
  readonly kind: 'virtual' | 'real';
  readonly startFixture: (options: FixtureOptions, github: DeploymentsGithub) => Promise<Fixture>;
  readonly run: (fixture: Fixture, options: RunOptions) => Promise<RunResult>;
  /** How long the endpoint may take to settle after the last run, in milliseconds. */
  readonly settlingMilliseconds: number;
}

/** The expected end of a row. */
interface Ending {
  readonly outcome: EndPhase | 'held';
  /** The releases whose instances have traffic at the end. */
  readonly serves: ReleaseName | 'blue and green' | 'no endpoint';
  /** State of the deployment that mirrors the attempt; null where there may be none, `any` where a killed run left it. */
  readonly deployment: DeploymentState | 'any' | null;
  /** UpdateEndpoint calls over all runs. */
  readonly updates: number;
}

/** A fault and its expected end. */
export interface Row {
  readonly fault: string;
  readonly fixture?: FixtureOptions;
  /** Prepares the fault in a fixture where blue serves. */
  readonly arrange?: (fixture: MatrixFixture) => void | Promise<void>;
  /** The runs of the action, one after the other; default: one deployment of green. */
  readonly runs?: readonly (RunOptions | ((fixture: MatrixFixture) => RunOptions | Promise<RunOptions>))[];
  readonly ends: Ending;
  /** False where the ledger can't tell of the last run, so that its job fails although its release serves. */
  readonly isRecorded?: false;
  /** Text that the log or the summary of the last run must contain. */
  readonly says?: RegExp;
  /** What differs with real processes. */
  readonly real?: RealRow;
  /** Further assertions at the end. */
  readonly then?: (fixture: MatrixFixture, last: RunResult) => void | Promise<void>;
}

/** What differs for a row with real processes. */
interface RealRow {
  /** Why the row can't run there. */
  readonly impossible?: string;
  readonly fixture?: FixtureOptions;
  readonly ends?: Partial<Ending>;
}

/** How a row ended. */
export interface RowResult {
  readonly row: Row;
  readonly fixture: MatrixFixture;
  readonly results: readonly RunResult[];
  readonly last: RunResult;
  readonly outcome: string;
  readonly serves: string;
  readonly deployment: string | null;
  readonly updates: number;
  /** How the newest attempt of the row ended by its facts: null where there is none, `open` where it has not. */
  readonly ledgerSays: string | null;
}

/** Runs a row in a fixture of its own; `inspect` gets the result before the fixture is closed. */
export async function runRow<Fixture extends MatrixFixture>(
  written: Row,
  mode: Mode<Fixture>,
  github: DeploymentsGithub,
  inspect: (result: RowResult) => void | Promise<void>,
): Promise<void> {
  const row = mode.kind === 'real' ? asReal(written) : written;
  github.clear();
  const fixture = await mode.startFixture(row.fixture ?? {}, github);
  try {
    const { attempts: seeded } = await fixture.ledger.read();
    await row.arrange?.(fixture);
    const arranged = fixture.github.deployments.length;
    const results: RunResult[] = [];
    for (const run of row.runs ?? [{}]) {
      results.push(await mode.run(fixture, typeof run === 'function' ? await run(fixture) : run));
    }
    const last = results.at(-1);
    if (last === undefined) throw new Error(`the row "${row.fault}" has no run`);
    if (['in_progress', 'any'].includes(row.ends.deployment ?? ''))
      await settle(fixture, row.ends.serves, mode.settlingMilliseconds);
    const deployments = fixture.github.deployments.slice(0, fixture.github.deployments.length - arranged);
    fixture.aws.faults.clear();
    const { attempts } = await fixture.ledger.read();
    const newest = attempts.length > seeded.length ? attempts[0] : undefined;
    await inspect({
      row,
      fixture,
      results,
      last,
      outcome: last.outputs['outcome'] ?? 'none',
      serves: fixture.serving(),
      deployment: deployments[0] === undefined ? null : (deployments[0].statuses[0]?.state ?? 'none'),
      ledgerSays: newest === undefined ? null : (newest.ended?.outcome ?? 'open'),
      updates: fixture.aws.calls.filter(({ operation, error }) => operation === 'UpdateEndpoint' && error === undefined)
        .length,
    });
  } finally {
    await fixture.close();
  }
}

/** The row for real processes. */
export function asReal(row: Row): Row {
  return { ...row, fixture: { ...row.fixture, ...row.real?.fixture }, ends: { ...row.ends, ...row.real?.ends } };
}

// An update continues in SageMaker after its job has ended.
async function settle(fixture: MatrixFixture, serves: string, milliseconds: number): Promise<void> {
  for (const deadline = Date.now() + milliseconds; fixture.serving() !== serves && Date.now() < deadline;) {
    await delay(20);
  }
}
