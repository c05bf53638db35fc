import { makeBoard, publishedSources, withoutReasons, type Board } from '../lib/domain/board/board.ts';
import type { BrokenEnvironment } from '../lib/domain/promotion/order.ts';
import { readBoard, type BoardPorts } from '../lib/operations/read-board.ts';
import type { Clock } from '../lib/ports/clock.ts';

/** The boards that were made. */
export interface ReleaseBoards {
  readonly board: Board;
  /** Of the environments that everybody may see; null where there is none. */
  readonly published: Board | null;
}

/**
 * Makes the board of all environments, and the one to publish, which leaves out what can't be read.
 *
 * @throws UserError when Git or GitHub can't be read.
 */
export async function runReleaseBoard(
  {
    folders,
    broken,
  }: { readonly folders: Parameters<typeof readBoard>[0]; readonly broken: readonly BrokenEnvironment[] },
  repositoryUrl: string,
  ports: BoardPorts & { readonly clock: Pick<Clock, 'now'> },
): Promise<ReleaseBoards> {
  const sources = await readBoard(folders, ports);
  const published = publishedSources(sources);
  const about = { repositoryUrl, now: ports.clock.now() };
  return {
    board: makeBoard(sources, about, broken),
    published: published.length === 0 ? null : withoutReasons(makeBoard(published, about)),
  };
}
