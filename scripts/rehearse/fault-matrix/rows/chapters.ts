import { abortRows } from './abort.ts';
import { apiRows } from './api.ts';
import { clockRows } from './clock.ts';
import { goodRows } from './good.ts';
import { launchRows } from './launches.ts';
import { modelObjectRows } from './model-objects.ts';
import { parityRows } from './parity.ts';
import { dispatchRows, holdRows, ledgerRows } from './people.ts';
import { preflightRows } from './preflight.ts';
import { probeRows } from './probes.ts';
import { rollbackRows } from './rollback.ts';
import { scalingRows } from './scaling.ts';
import { signalRows } from './signals.ts';
import { smokeRows } from './smoke.ts';
import { updateRows } from './update.ts';
import { variantRows } from './variants.ts';
import type { Row } from '../harness/row.ts';

/** Every row of the fault matrix, by chapter. */
export const CHAPTERS: readonly { readonly title: string; readonly rows: readonly Row[] }[] = [
  { title: 'Nothing goes wrong', rows: goodRows },
  { title: 'Refused before anything is touched', rows: preflightRows },
  { title: 'The bytes of a model in S3', rows: modelObjectRows },
  { title: 'The update fails', rows: updateRows },
  { title: 'AWS and GitHub misbehave', rows: apiRows },
  { title: 'Green is asked while it bakes', rows: probeRows },
  { title: 'The smoke test decides', rows: smokeRows },
  { title: 'Answers are compared with the release before', rows: parityRows },
  { title: 'The clock of the runner is set', rows: clockRows },
  { title: 'Fleets that were scaled', rows: scalingRows },
  { title: 'Fleets that launch late, or in parts', rows: launchRows },
  { title: 'More than one variant', rows: variantRows },
  { title: 'Rollbacks by hand', rows: rollbackRows },
  { title: 'What a rollback leaves is fixed when it is dispatched', rows: dispatchRows },
  { title: 'What the ledger makes of what happened', rows: ledgerRows },
  { title: 'Routing is held', rows: holdRows },
  { title: 'Aborts in flight', rows: abortRows },
  { title: 'The run is cancelled or killed, and run again', rows: signalRows },
];
