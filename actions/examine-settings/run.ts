import { examine } from '../lib/domain/doctor/examine.ts';
import type { Finding } from '../lib/domain/doctor/finding.ts';
import { checkProtection } from '../lib/domain/doctor/missing-protection.ts';
import type { GithubSettings, SettingsDemand } from '../lib/domain/doctor/settings.ts';
import type { Reporter } from '../lib/ports/reporter.ts';

/** The ports of the use case. */
export interface ExamineSettingsPorts {
  readonly readDemand: () => Promise<SettingsDemand>;
  /** As far as the token can see them. */
  readonly readSettings: (demand: SettingsDemand) => Promise<GithubSettings>;
  readonly reporter: Pick<Reporter, 'warning'>;
  /** The environment that is deployed, where GitHub has to protect it. */
  readonly readProtected: () => Promise<string | undefined>;
  readonly report: (findings: readonly Finding[]) => Promise<void>;
}

/**
 * Examines the settings, reports them, and warns of each that needs a hand.
 *
 * @throws UserError when the environments or the repository can't be read, or GitHub does not protect what is deployed.
 */
export async function runExamineSettings({
  readDemand,
  readSettings,
  readProtected,
  report,
  reporter,
}: ExamineSettingsPorts): Promise<void> {
  const demand = await readDemand();
  const settings = await readSettings(demand);
  const findings = examine(settings, demand);
  for (const { id, verdict, asked, found } of findings) {
    if (verdict === 'wrong') reporter.warning(`${id}: ${asked}. Found: ${found}. The job summary says what mends it.`);
  }
  await report(findings);
  const name = await readProtected();
  if (name !== undefined) checkProtection(settings, name);
}
