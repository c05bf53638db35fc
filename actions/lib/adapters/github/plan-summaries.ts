import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parsePlanSummary, type PlanSummary } from '../../domain/plan/summary.ts';

/**
 * The summaries in a folder at any depth, `ENVIRONMENT.json` each; none where there is no such folder.
 *
 * @throws UserError when a file is not a summary.
 */
export async function readPlanSummaries(folder: string): Promise<readonly PlanSummary[]> {
  const files = await readdir(folder, { recursive: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  const summaries = files.filter((file) => file.endsWith('.json')).sort();
  return await Promise.all(
    summaries.map(async (file) =>
      parsePlanSummary({ path: file, text: await readFile(path.join(folder, file), 'utf8') }),
    ),
  );
}
