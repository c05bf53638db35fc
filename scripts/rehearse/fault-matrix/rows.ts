import { abortRows } from './rows/abort.ts';
import { apiRows } from './rows/api.ts';
import { clockRows } from './rows/clock.ts';
import { goodRows } from './rows/good.ts';
import { parityRows } from './rows/parity.ts';
import { preflightRows } from './rows/preflight.ts';
import { rollbackRows } from './rows/rollback.ts';
import { scalingRows } from './rows/scaling.ts';
import { signalRows } from './rows/signals.ts';
import { smokeRows } from './rows/smoke.ts';
import { updateRows } from './rows/update.ts';
import type { Row } from './row.ts';

/** Every row of the fault matrix, by chapter. */
export const CHAPTERS: readonly { readonly title: string; readonly rows: readonly Row[] }[] = [
  { title: 'Nothing goes wrong', rows: goodRows },
  { title: 'Refused before anything is touched', rows: preflightRows },
  { title: 'The update fails', rows: updateRows },
  { title: 'AWS and GitHub misbehave', rows: apiRows },
  { title: 'The smoke test decides', rows: smokeRows },
  { title: 'Answers are compared with the release before', rows: parityRows },
  { title: 'The clock of the runner is set', rows: clockRows },
  { title: 'Fleets that were scaled', rows: scalingRows },
  { title: 'Rollbacks by hand', rows: rollbackRows },
  { title: 'Aborts in flight', rows: abortRows },
  { title: 'The run is cancelled or killed, and run again', rows: signalRows },
];
