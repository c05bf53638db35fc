import { setTimeout as delay } from 'node:timers/promises';
import type { AttemptState } from '../../../actions/lib/domain/ledger/ledger.ts';
import type { EndPhase } from '../../../actions/lib/domain/swap/state.ts';
import type { LedgerGithub } from '../../testing/ledger-github.ts';
import type { Play, PlayOptions } from './play.ts';
import type { ReleaseName, World, WorldOptions } from './world.ts';

/** Where rows are played: on a virtual clock by the actions' own code, or with real processes by their bundles. */
export interface Theatre<Stage extends World = World> {
  readonly kind: 'virtual' | 'real';
  readonly createWorld: (options: WorldOptions, github: LedgerGithub) => Promise<Stage>;
  readonly play: (world: Stage, options: PlayOptions) => Promise<Play>;
  /** How long a row may take to come to its end by itself after the last run, in milliseconds. */
  readonly settlingMilliseconds: number;
}

/** What a row must end in. */
interface Ending {
  readonly outcome: EndPhase;
  /** The releases whose instances have traffic at the end. */
  readonly serves: ReleaseName | 'blue and green' | 'no endpoint';
  /** State of the attempt's deployment; null where none may be recorded. */
  readonly deployment: AttemptState | null;
  /** UpdateEndpoint calls over all runs. */
  readonly updates: number;
}

/** A fault, and how it must end. */
export interface Row {
  readonly fault: string;
  readonly world?: WorldOptions;
  /** Prepares the fault in a world where blue serves. */
  readonly arrange?: (world: World) => void | Promise<void>;
  /** The runs of the action, one after the other; default: one deployment of green. */
  readonly runs?: readonly (PlayOptions | ((world: World) => PlayOptions))[];
  readonly ends: Ending;
  /** What the log or the summary of the last run has to say. */
  readonly says?: RegExp;
  /** What differs where processes are real. */
  readonly real?: RealRow;
  /** More that must hold at the end. */
  readonly then?: (world: World, last: Play) => void | Promise<void>;
}

/** What differs for a row where processes are real. */
interface RealRow {
  /** Why it can't be had there. */
  readonly impossible?: string;
  readonly world?: WorldOptions;
  readonly ends?: Partial<Ending>;
}

/** How a row ended. */
export interface RowResult {
  readonly row: Row;
  readonly world: World;
  readonly plays: readonly Play[];
  readonly last: Play;
  readonly outcome: string;
  readonly serves: string;
  readonly deployment: string | null;
  readonly updates: number;
}

/** Plays a row in a world of its own; `inspect` sees the result before the world is gone. */
export async function playRow<Stage extends World>(
  written: Row,
  theatre: Theatre<Stage>,
  github: LedgerGithub,
  inspect: (result: RowResult) => void | Promise<void>,
): Promise<void> {
  const row = theatre.kind === 'real' ? asReal(written) : written;
  github.clear();
  const world = await theatre.createWorld(row.world ?? {}, github);
  try {
    await row.arrange?.(world);
    const seeded = world.github.deployments.length;
    const plays: Play[] = [];
    for (const run of row.runs ?? [{}]) {
      plays.push(await theatre.play(world, typeof run === 'function' ? run(world) : run));
    }
    const last = plays.at(-1);
    if (last === undefined) throw new Error(`the row "${row.fault}" has no run`);
    if (row.ends.deployment === 'in_progress') await settle(world, row.ends.serves, theatre.settlingMilliseconds);
    const attempts = world.github.deployments.slice(0, world.github.deployments.length - seeded);
    await inspect({
      row,
      world,
      plays,
      last,
      outcome: last.outputs['outcome'] ?? 'none',
      serves: world.serving(),
      deployment: attempts[0] === undefined ? null : (attempts[0].statuses[0]?.state ?? 'none'),
      updates: world.aws.calls.filter(({ operation, error }) => operation === 'UpdateEndpoint' && error === undefined)
        .length,
    });
  } finally {
    await world.close();
  }
}

/** A row as it is where processes are real. */
export function asReal(row: Row): Row {
  return { ...row, world: { ...row.world, ...row.real?.world }, ends: { ...row.ends, ...row.real?.ends } };
}

// An update that nobody watches any more goes on by itself.
async function settle(world: World, serves: string, milliseconds: number): Promise<void> {
  for (const deadline = Date.now() + milliseconds; world.serving() !== serves && Date.now() < deadline;) {
    await delay(20);
  }
}
