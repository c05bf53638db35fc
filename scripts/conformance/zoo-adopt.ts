import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UserError } from '../../actions/lib/domain/errors/user-error.ts';
import type { ReviewRow } from '../../actions/lib/domain/model-review/row-difference.ts';
import { parseSmokeFile } from '../../actions/lib/domain/smoke/cases.ts';
import { readModelSource, type ModelFiles } from '../adopt/model-source.ts';
import { tryModel, type TriedModel } from '../adopt/try-model.ts';
import { renderTable } from '../text-table.ts';
import { runBareRequests } from './zoo-bare-answers.ts';
import { readZoo } from './zoo-models.ts';
import { requestRows } from './zoo-requests.ts';
import { specimensOfPackage, type Specimen } from './zoo-specimens.ts';

/**
 * Drafts smoke cases for real models from npm, as `npm run adopt` does. True if all cases pass on their own model when it is
 * started again, and fail on the same model with turned outputs.
 *
 * @param filter only the packages whose name has this text
 */
export async function adoptZoo(filter: string, report: (line: string) => void): Promise<boolean> {
  const folder = await mkdtemp(path.join(tmpdir(), 'zoo-adopt-'));
  try {
    const rows: string[][] = [];
    for (const zooPackage of (await readZoo()).filter(({ package: name }) => name.includes(filter))) {
      for (const specimen of await specimensOfPackage(zooPackage, folder)) {
        const row = await adoptSpecimen(specimen);
        report(row.join(', '));
        rows.push(row);
      }
    }
    report(renderTable(['model', 'rows', 'cases', 'noise', 'own model', 'turned outputs'], rows));
    return rows.length > 0 && rows.every((row) => row[4] === 'passes' && row[5] === 'fails');
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function adoptSpecimen(specimen: Specimen): Promise<string[]> {
  const files = await readModelSource(specimen.directory);
  const { tried, origin } = await draft(files, specimen);
  const file = parseSmokeFile({ path: 'smoke.json', text: JSON.stringify(tried.file) });
  const rows = origin === 'given' ? await givenRows(specimen) : [];
  const { passing } = await tryModel(files, { rows, before: new Map([['smoke.json', file]]) });
  return [
    ...[specimen.name, origin, String(file.cases.length), tried.noise.toExponential(1)],
    passing.length === 1 ? 'passes' : 'FAILS',
    tried.tellsTurned === true ? 'fails' : 'PASSES',
  ];
}

/** A model whose inputs depend on each other runs on no generated row: then its owner has to give some. */
async function draft(
  files: ModelFiles,
  specimen: Specimen,
): Promise<{ readonly tried: TriedModel; readonly origin: 'generated' | 'given' }> {
  const before = new Map<string, never>();
  try {
    return { tried: await tryModel(files, { rows: [], before }), origin: 'generated' };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { tried: await tryModel(files, { rows: await givenRows(specimen), before }), origin: 'given' };
  }
}

const GIVEN_ROWS = 8;

async function givenRows(specimen: Specimen): Promise<readonly ReviewRow[]> {
  const { requests } = await runBareRequests(specimen, GIVEN_ROWS);
  return requestRows(requests);
}
