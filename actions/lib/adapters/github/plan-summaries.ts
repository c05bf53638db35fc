import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from '../checkout/environment-folder.ts';
import { parsePlanSummary, type PlanSummary } from '../../domain/plan/summary.ts';

/**
 * The summaries in a folder with an artifact of terraform-plan in each of its folders, of every attempt. None where there is no
 * such folder.
 *
 * @throws UserError when a file is not a summary.
 */
export async function readPlanSummaries(folder: string): Promise<readonly PlanSummary[]> {
  const files = await readdir(folder, { recursive: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const summaries = files.filter((name) => /^[^.]+\.json$/.test(path.basename(name))).sort();
  return await Promise.all(
    summaries.map(async (file) =>
      parsePlanSummary({ path: file, text: await readFile(path.join(folder, file), 'utf8') }),
    ),
  );
}
