import type { NamedEnvironment } from '../domain/environment/names.ts';
import type { ReplaySettings } from '../domain/environment/replay.ts';
import { parseCapturedFile, type CapturedFile, type CapturedRequest } from '../domain/replay/captured-requests.ts';
import { capturedFolders, takeInTurn } from '../domain/replay/sample.ts';
import type { ReplaySample } from '../domain/replay/summary.ts';
import type { CapturedObject, CapturedRequests } from '../ports/captured-requests.ts';

// As much as a replay reads: a sample needs no more, and all of it is in memory.
const MOST_FILES = 200;
const MOST_BYTES = 64 * 2 ** 20;

/** A bounded sample of the requests that an environment captured, taken from all of its hours in turn. */
export async function readCapturedRequests(
  captured: CapturedRequests,
  environment: NamedEnvironment,
  { rows, hours }: Pick<ReplaySettings, 'rows' | 'hours'>,
  now: number,
): Promise<{ readonly requests: readonly CapturedRequest[]; readonly sample: ReplaySample }> {
  const folders: (readonly CapturedObject[])[] = [];
  for (const folder of capturedFolders(environment, now, hours)) folders.push(await captured.list(folder));
  const files: CapturedFile[] = [];
  let bytes = 0;
  for (const object of takeInTurn(folders).slice(0, MOST_FILES)) {
    if (bytes + object.bytes > MOST_BYTES) continue;
    bytes += object.bytes;
    files.push(parseCapturedFile(await captured.read(object.key)));
  }
  const requests = takeInTurn(files.map((file) => file.requests)).slice(0, rows);
  const sum = (count: (file: CapturedFile) => number): number => files.reduce((total, file) => total + count(file), 0);
  return {
    requests,
    sample: {
      requests: requests.length,
      probes: sum(({ probeCount }) => probeCount),
      unreadable: sum(({ unreadableCount }) => unreadableCount),
    },
  };
}
