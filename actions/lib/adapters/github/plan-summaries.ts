import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parsePlanSummary, type PlanSummary } from '../../domain/plan/summary.ts';

/**
 * The summaries in a folder with an artifact of terraform-plan in each of its folders: of an environment that several attempts
 * planned the newest one's. None where there is no such folder.
 *
 * @throws UserError when a file is not a summary.
 */
export async function readPlanSummaries(folder: string): Promise<readonly PlanSummary[]> {
  const files = await readdir(folder, { recursive: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  const newest = new Map<string, PlanSummary>();
  for (const file of files.filter((name) => /^[^.]+\.json$/.test(path.basename(name))).sort()) {
    const summary = parsePlanSummary({ path: file, text: await readFile(path.join(folder, file), 'utf8') });
    const known = newest.get(summary.environment);
    if (known === undefined || known.run.attempt < summary.run.attempt) newest.set(summary.environment, summary);
  }
  return [...newest.values()];
}
