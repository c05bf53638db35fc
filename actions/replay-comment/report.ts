import { logText } from '../lib/domain/text/markdown.ts';
import type { WantedReplay } from './run.ts';

/** What was found, in a line of the log. */
export function renderFound(replays: readonly WantedReplay[]): string {
  if (replays.length === 0) return 'no open promotion waits for a replay';
  const each = replays.map(
    ({ environment, release, pullRequest }) => `${environment} ${release} (#${String(pullRequest)})`,
  );
  return logText(`to replay: ${each.join(', ')}`);
}

/** The output of `find`. */
export function renderMatrix(replays: readonly WantedReplay[]): string {
  return JSON.stringify(replays);
}
