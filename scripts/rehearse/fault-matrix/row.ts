import type { AttemptState } from '../../../actions/lib/domain/ledger.ts';
import type { EndPhase } from '../../../actions/lib/domain/swap-state.ts';
import { play, type Play, type PlayOptions } from './play.ts';
import { createWorld, type ReleaseName, type World, type WorldOptions } from './world.ts';

/** What a row must end in. */
export interface Ending {
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
  /** More that must hold at the end. */
  readonly then?: (world: World, last: Play) => void | Promise<void>;
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
export async function playRow(row: Row, inspect: (result: RowResult) => void | Promise<void>): Promise<void> {
  const world = await createWorld(row.world ?? {});
  try {
    await row.arrange?.(world);
    const seeded = world.github.deployments.length;
    const plays: Play[] = [];
    for (const run of row.runs ?? [{}]) plays.push(await play(world, typeof run === 'function' ? run(world) : run));
    const last = plays.at(-1);
    if (last === undefined) throw new Error(`the row "${row.fault}" has no run`);
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
