import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { PlanFiles } from '../../ports/plan-files.ts';

/**
 * Gives a folder for saved plans to some work, and removes it when the work ends, however it ends: a saved plan holds every
 * secret of the state.
 */
export async function withPlanFiles<Result>(work: (files: PlanFiles) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(path.join(process.env['RUNNER_TEMP'] ?? tmpdir(), 'plan-'));
  try {
    await chmod(folder, 0o700);
    return await work({
      newPlan: path.join(folder, 'new.tfplan'),
      reviewedPlan: path.join(folder, 'reviewed.tfplan'),
      dataFolder: path.join(folder, 'data'),
      read: async (file) => await readFile(file),
      write: async (file, content) => await writeFile(file, content, { mode: 0o600 }),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
