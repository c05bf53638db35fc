import { examine } from '../lib/domain/doctor/examine.ts';
import type { Finding } from '../lib/domain/doctor/finding.ts';
import type { GithubSettings, SettingsDemand } from '../lib/domain/doctor/settings.ts';
import type { Reporter } from '../lib/ports/reporter.ts';

/** The ports of the use case. */
export interface ExamineSettingsPorts {
  readonly readDemand: () => Promise<SettingsDemand>;
  /** As far as the token can see them. */
  readonly readSettings: (demand: SettingsDemand) => Promise<GithubSettings>;
  readonly reporter: Pick<Reporter, 'warning'>;
}

/**
 * Examines the settings, and warns of each that needs a hand.
 *
 * @throws UserError when the environments or the repository can't be read.
 */
export async function runExamineSettings({
  readDemand,
  readSettings,
  reporter,
}: ExamineSettingsPorts): Promise<readonly Finding[]> {
  const demand = await readDemand();
  const findings = examine(await readSettings(demand), demand);
  for (const { id, verdict, asked, found } of findings) {
    if (verdict === 'wrong') reporter.warning(`${id}: ${asked}. Found: ${found}. The job summary says what mends it.`);
  }
  return findings;
}
