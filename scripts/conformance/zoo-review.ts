import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createModelServers } from '../../actions/lib/adapters/system/model-servers.ts';
import { systemClock } from '../../actions/lib/adapters/system/system-clock.ts';
import { NO_LIMITS } from '../../actions/lib/domain/model-review/limits.ts';
import { reviewLead } from '../../actions/lib/domain/model-review/render.ts';
import { hasSameAnswers } from '../../actions/lib/domain/model-review/review.ts';
import { reviewModel } from '../../actions/lib/operations/review-model.ts';
import { serverBundle } from '../../server/src/testing/server-process.ts';
import { withOtherNodeNames } from '../content/derived-models.ts';
import { renderTable } from '../text-table.ts';
import { readZoo } from './zoo-models.ts';
import { requestRows } from './zoo-requests.ts';
import { runBareRequests } from './zoo-bare-answers.ts';
import { specimensOfPackage, writeExample, type Specimen } from './zoo-specimens.ts';

const ROWS = 32;

/**
 * Reviews real models from npm against themselves, and against the same graph with other names for its nodes. True if no
 * answer differs.
 *
 * @param filter only the packages whose name has this text
 */
export async function reviewZoo(filter: string, report: (line: string) => void): Promise<boolean> {
  const folder = await mkdtemp(path.join(tmpdir(), 'zoo-review-'));
  try {
    const rows: string[][] = [];
    for (const zooPackage of (await readZoo()).filter(({ package: name }) => name.includes(filter))) {
      for (const specimen of await specimensOfPackage(zooPackage, folder)) {
        for (const row of await reviewSpecimen(specimen, folder)) {
          report(row.join(', '));
          rows.push(row);
        }
      }
    }
    report(renderTable(['model', 'against', 'review', 'result'], rows));
    return rows.length > 0 && rows.every(([, , , result]) => result === 'ok');
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function reviewSpecimen(specimen: Specimen, folder: string): Promise<readonly string[][]> {
  const { requests } = await runBareRequests(specimen, ROWS);
  const [example] = requests;
  if (specimen.shapes !== undefined && example !== undefined) await writeExample(specimen.directory, example);
  const again = path.join(folder, 'again');
  await cp(specimen.directory, again, { recursive: true });
  const file = path.join(again, 'model.onnx');
  await writeFile(file, withOtherNodeNames(await readFile(file)));
  try {
    const rows: string[][] = [];
    for (const [what, modelFolder] of [
      ['itself', specimen.directory],
      ['exported again', again],
    ] as const) {
      rows.push([specimen.name, what, ...(await review(specimen.directory, modelFolder, requests))]);
    }
    return rows;
  } finally {
    await rm(again, { recursive: true });
  }
}

async function review(before: string, after: string, requests: BareRequests): Promise<readonly [string, string]> {
  const place = { bundle: serverBundle, digest: 'sha256:of-the-zoo', bytes: 0 };
  const result = await reviewModel(createModelServers(), systemClock, {
    ...{ service: 'zoo', limits: NO_LIMITS },
    base: { ...place, modelFolder: before, what: 'the model before' },
    head: { ...place, modelFolder: after, what: 'the candidate' },
    rows: () => requestRows(requests),
  });
  if (result.kind !== 'compared') return [result.detail, 'WRONG'];
  const isSame = hasSameAnswers(result.review) && result.review.comparedCount > 0;
  return [reviewLead(result.review)[0] ?? '', isSame ? 'ok' : 'WRONG'];
}

type BareRequests = Parameters<typeof requestRows>[0];
