import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Where a plan is saved, in a folder that only this job can read. */
interface PlanPlace {
  readonly planFile: string;
  /** Where Terraform keeps what `init` gets: what lies in the checkout decides nothing. */
  readonly dataFolder: string;
}

/**
 * Gives a file for a saved plan to some work, and removes it when the work ends, however it ends: a saved plan holds every
 * secret of the state.
 */
export async function withPlanFile<Result>(work: (place: PlanPlace) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(path.join(process.env['RUNNER_TEMP'] ?? tmpdir(), 'plan-'));
  try {
    await chmod(folder, 0o700);
    return await work({ planFile: path.join(folder, 'new.tfplan'), dataFolder: path.join(folder, 'data') });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
