import { environmentFolder } from '../lib/domain/environment/base-files.ts';
import type { Environment } from '../lib/domain/environment/environment.ts';
import { UserError } from '../lib/domain/errors/user-error.ts';
import { parseJsonFile, type JsonFile } from '../lib/domain/json/file.ts';
import type { ApplyResult } from '../lib/domain/plan/apply.ts';
import { showDiagnostic, type TerraformDiagnostic } from '../lib/domain/plan/diagnostics.ts';
import {
  digestOfMeaning,
  meaningOf,
  meaningSchema,
  unshownChanges,
  type PlanMeaning,
} from '../lib/domain/plan/meaning.ts';
import { plannedOutputs } from '../lib/domain/plan/plan-json.ts';
import { parseStateLock } from '../lib/domain/plan/state-lock.ts';
import type { Scrubber } from '../lib/domain/plan/redact.ts';
import { planCounts, planVisibility, scrubberOf } from '../lib/domain/plan/summarise.ts';
import type { ReleaseFile } from '../lib/domain/release/release.ts';
import { initialise, makePlan } from '../lib/operations/make-plan.ts';
import { overtakenBy } from '../lib/operations/overtaken.ts';
import type { Git } from '../lib/ports/git.ts';
import type { Ledger } from '../lib/ports/ledger.ts';
import type { Reporter } from '../lib/ports/reporter.ts';
import type { Terraform } from '../lib/ports/terraform.ts';
import type { TerraformApplyInputs } from './inputs.ts';

/** What is applied to, and what was shown. */
export interface ApplyContext {
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
  readonly backendConfig: readonly string[];
  /** The commit that the run is for. */
  readonly commit: string;
  readonly meaning: JsonFile;
}

export interface TerraformApplyPorts {
  readonly terraform: Terraform;
  readonly git: Pick<Git, 'mergeBase'>;
  readonly ledger: Pick<Ledger, 'read'>;
  readonly planFile: string;
  readonly reporter: Reporter;
}

type FailedApply = Extract<ApplyResult, { kind: 'failed' }>;

/**
 * Plans anew, and applies that very plan if it does nothing that was not shown; otherwise changes nothing and says why.
 *
 * @throws UserError when the meaning is not the one that was shown, or the job is cancelled.
 */
export async function runTerraformApply(
  inputs: Pick<TerraformApplyInputs, 'meaning-digest' | 'lock-timeout-seconds'>,
  context: ApplyContext,
  { terraform, git, ledger, planFile, reporter }: TerraformApplyPorts,
): Promise<ApplyResult> {
  const { environment, releaseFile } = context;
  const shown = readMeaning(context.meaning, inputs['meaning-digest']);
  const by = await overtakenBy(context.commit, await ledger.read(), git);
  if (by !== undefined) return { kind: 'overtaken', by };
  const failed = (
    step: FailedApply['step'],
    diagnostics: readonly TerraformDiagnostic[],
    scrubber: Scrubber,
  ): FailedApply => ({
    ...{ kind: 'failed', step, lock: parseStateLock(diagnostics) },
    diagnostics: diagnostics.map((one) => showDiagnostic(one, environmentFolder(environment.name), scrubber)),
  });
  const initialised = await initialise(terraform, context.backendConfig);
  const lock = { timeoutSeconds: inputs['lock-timeout-seconds'] };
  const made = initialised.kind === 'failed' ? initialised : await makePlan(terraform, initialised, { lock, planFile });
  if (made.kind === 'failed') {
    return failed(made.step, made.diagnostics, scrubberOf(made.plan, environment, releaseFile));
  }
  const visibility = planVisibility(made.plan, environment, releaseFile);
  const now = meaningOf(made.plan, releaseFile.live, visibility);
  const unshown = unshownChanges(now.changes, shown.changes);
  const live = now.live === shown.live ? null : { shown: shown.live, now: now.live };
  if (unshown.length > 0 || live !== null) return { kind: 'refused', unshown, live };
  if (made.outcome === 'no-changes' && now.changes.length === 0) {
    return { kind: 'no-changes', outputs: plannedOutputs(made.plan) };
  }
  reporter.info(`Applying the plan of ${environment.name}, which is within what was shown`);
  const applied = await terraform.apply(planFile, lock);
  if (applied.kind === 'failed') return failed('apply', applied.diagnostics, visibility.scrubber);
  return { kind: 'applied', counts: planCounts(made.plan), outputs: applied.outputs };
}

/** @throws UserError when the file does not hold what the digest is of. */
function readMeaning(file: JsonFile, digest: string): PlanMeaning {
  const remedy = 'Run Deploy again: its plan job writes the file and gives its digest.';
  const meaning = parseJsonFile(file, meaningSchema, remedy);
  const found = digestOfMeaning(meaning);
  if (found === digest) return meaning;
  throw new UserError({
    what: 'The meaning is not that of the plan that was shown',
    where: file.path,
    expected: `the digest ${digest}`,
    found,
    remedy,
  });
}
