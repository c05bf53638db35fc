import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from '../checkout/content-file.ts';
import type { JsonFile } from '../../domain/json/file.ts';
import { parseReviewSummary, type ReviewSummary } from '../../domain/model-review/summary.ts';
import { parsePlanSummary, type PlanSummary } from '../../domain/plan/summary.ts';

/**
 * The summaries in a folder with an artifact of terraform-plan in each of its folders, of every attempt. None where there is no
 * such folder.
 *
 * @throws UserError when a file is not a summary.
 */
export async function readPlanSummaries(folder: string): Promise<readonly PlanSummary[]> {
  return await readEach(folder, parsePlanSummary);
}

/**
 * The reviews in a folder with the artifacts of review-model, in the same way.
 *
 * @throws UserError when a file is not a review.
 */
export async function readReviewSummaries(folder: string): Promise<readonly ReviewSummary[]> {
  return await readEach(folder, parseReviewSummary);
}

async function readEach<Summary>(folder: string, parse: (file: JsonFile) => Summary): Promise<readonly Summary[]> {
  const files = await readdir(folder, { recursive: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const summaries = files.filter((name) => /^[^.]+\.json$/.test(path.basename(name))).sort();
  return await Promise.all(
    summaries.map(async (file) => parse({ path: file, text: await readFile(path.join(folder, file), 'utf8') })),
  );
}
