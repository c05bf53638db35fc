import { costChange, type KnownPrices } from '../domain/cost/fleet-cost.ts';
import { environmentFolder, parseBaseFiles } from '../domain/environment/base-files.ts';
import type { Environment } from '../domain/environment/environment.ts';
import { UserError } from '../domain/errors/user-error.ts';
import { moduleFolders } from '../domain/plan/configuration-warnings.ts';
import { showDiagnostic } from '../domain/plan/diagnostics.ts';
import { meaningOf, type PlanMeaning } from '../domain/plan/meaning.ts';
import type { Scrubber } from '../domain/plan/redact.ts';
import { planVisibility, scrubberOf, summarisePlan } from '../domain/plan/summarise.ts';
import type { PlanSummary } from '../domain/plan/summary.ts';
import { checkReleasesUnedited, type ReleaseFile } from '../domain/release/release.ts';
import type { Git } from '../ports/git.ts';
import type { PlanSources } from '../ports/plan-sources.ts';
import type { Terraform } from '../ports/terraform.ts';
import { initialise, makePlan } from './make-plan.ts';
import { readRootModule } from './root-module.ts';

/** What is planned, and by which run. */
export interface PlanContext {
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
  readonly isProduction: boolean;
  readonly backendConfig: readonly string[];
  readonly prices: KnownPrices;
  /** When a year of scheduled actions begins. */
  readonly now: Date;
  readonly run: { readonly id: number; readonly attempt: number };
}

/** What is planned for: `baseSha` is what the files are compared with. */
export interface PlanSubject {
  readonly headSha: string;
  readonly baseSha: string | undefined;
}

export interface PlanPorts {
  readonly terraform: Terraform;
  readonly git: Git;
  readonly sources: PlanSources;
  readonly planFile: string;
}

/** A plan that may be shown; a failed one has no meaning. */
export interface EnvironmentPlan {
  readonly summary: PlanSummary;
  readonly meaning: PlanMeaning | undefined;
}

/**
 * Plans an environment without its lock, and sums the plan up for its reviewers.
 *
 * @throws UserError when the base commit is not there, a release was edited in place, or the job is cancelled.
 */
export async function planEnvironment(
  { headSha, baseSha }: PlanSubject,
  context: PlanContext,
  { terraform, git, sources, planFile }: PlanPorts,
): Promise<EnvironmentPlan> {
  const { environment, releaseFile } = context;
  const base = await readBase(environment.name, baseSha, git);
  if (base.release !== undefined) {
    checkReleasesUnedited(base.release, releaseFile, `${environmentFolder(environment.name)}/release.json`);
  }
  const initialised = await initialise(terraform, context.backendConfig);
  const made =
    initialised.kind === 'failed' ? initialised : await makePlan(terraform, initialised, { lock: 'none', planFile });
  const folder = environmentFolder(environment.name);
  const show = (scrubber: Scrubber): PlanSummary['result']['diagnostics'] =>
    made.diagnostics.map((diagnostic) => showDiagnostic(diagnostic, folder, scrubber));
  const summary = (result: PlanSummary['result']): PlanSummary => ({
    format: 1,
    environment: environment.name,
    promotionOrder: environment.promotionOrder,
    headSha,
    baseSha: baseSha ?? null,
    run: context.run,
    terraformVersion: made.terraformVersion,
    result,
  });
  if (made.kind === 'failed') {
    const diagnostics = show(scrubberOf(made.plan, environment, releaseFile));
    return { summary: summary({ kind: 'failed', step: made.step, diagnostics }), meaning: undefined };
  }
  const visibility = planVisibility(made.plan, environment, releaseFile);
  const planned = summarisePlan(
    made.plan,
    {
      environment,
      baseEnvironment: base.environment,
      release: releaseFile,
      baseRelease: base.release,
      isProduction: context.isProduction,
      diagnostics: show(visibility.scrubber),
      terraformFiles: await sources.terraformFiles(moduleFolders(made.plan, environment.name)),
      sources: await sources.sourcesOf(environment.name),
      rootModule: await readRootModule(environment.name, baseSha, { git, sources }),
    },
    visibility,
  );
  const cost = costChange(base, { environment, release: releaseFile }, context.prices, context.now);
  return { summary: summary({ ...planned, cost }), meaning: meaningOf(made.plan, releaseFile.live, visibility) };
}

async function readBase(
  name: string,
  baseSha: string | undefined,
  git: Git,
): Promise<ReturnType<typeof parseBaseFiles>> {
  if (baseSha === undefined) return { environment: undefined, release: undefined };
  if ((await git.commitOf(baseSha)) === undefined) {
    throw new UserError({
      what: `The base commit ${baseSha} is not in this checkout`,
      expected: 'the history back to the base branch',
      found: 'a checkout without it',
      remedy: 'Give actions/checkout fetch-depth: 0.',
    });
  }
  const folder = environmentFolder(name);
  return parseBaseFiles(name, {
    environment: await git.readFile(baseSha, `${folder}/environment.json`),
    release: await git.readFile(baseSha, `${folder}/release.json`),
  });
}
