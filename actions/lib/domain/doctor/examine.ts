import { environmentFindings } from './environment-findings.ts';
import type { Finding } from './finding.ts';
import { repositoryFindings } from './repository-findings.ts';
import type { GithubSettings, SettingsDemand } from './settings.ts';

/** Every setting that security rests on: what should be, what is, and how to mend it. */
export function examine(settings: GithubSettings, demand: SettingsDemand): readonly Finding[] {
  return [...environmentFindings(settings, demand), ...repositoryFindings(settings)];
}
