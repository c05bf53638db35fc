import { approvalEnvironment } from '../environment/names.ts';
import { UserError } from '../errors/user-error.ts';
import { environmentFindings } from './environment-findings.ts';
import type { Finding } from './finding.ts';
import type { GithubSettings } from './settings.ts';

/**
 * What is seen missing of the protection without which nothing is deployed to an environment: it exists and has a rule for
 * branches, and so does the one whose reviewers are asked. What the token can't see counts as nothing missing.
 */
function missingProtection(settings: GithubSettings, name: string): readonly Finding[] {
  const approval = approvalEnvironment(name);
  const [own, asked] = [settings.environments.get(name), settings.environments.get(approval)];
  const missing = new Set<string>();
  if (own?.seen === true && (own.value === undefined || own.value.branches === 'any')) missing.add(`${name}/branches`);
  if (asked?.seen === true && asked.value === undefined) missing.add(`${approval}/reviewers`);
  const demand = { environments: [{ name, isUnprotected: false, pairs: null }] };
  return environmentFindings(settings, demand).filter(({ id }) => missing.has(id));
}

/** @throws UserError with what is missing, and the commands that mend it. */
export function checkProtection(settings: GithubSettings, name: string): void {
  const missing = missingProtection(settings, name);
  if (missing.length === 0) return;
  throw new UserError({
    what: `GitHub does not protect ${name}, so that nothing is deployed to it`,
    where: `the environments of ${settings.repository} on GitHub`,
    expected: missing.map(({ asked }) => asked).join('; '),
    found: missing.map(({ id, found }) => `${id}: ${found}`).join('; '),
    remedy: `Run these commands, with LOGIN replaced by a person other than the one who merges, and run all jobs again: ${missing.flatMap(({ remedy }) => remedy).join('; ')}. Where nobody is to approve, set "unprotected": "accepted" in environments/${name}/environment.json; it counts once it is deployed.`,
  });
}
