import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Gives a file for a saved plan to some work, and removes it when the work ends, however it ends: a saved plan holds every
 * secret of the state.
 */
export async function withPlanFile<Result>(work: (planFile: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(path.join(process.env['RUNNER_TEMP'] ?? tmpdir(), 'plan-'));
  try {
    await chmod(folder, 0o700);
    return await work(path.join(folder, 'new.tfplan'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
