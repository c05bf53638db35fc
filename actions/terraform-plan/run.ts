import { createHash } from 'node:crypto';
import type { Environment } from '../lib/domain/environment/environment.ts';
import { UserError } from '../lib/domain/errors/user-error.ts';
import { moduleFolders } from '../lib/domain/plan/configuration-warnings.ts';
import { showDiagnostic } from '../lib/domain/plan/diagnostics.ts';
import { planMeaning } from '../lib/domain/plan/meaning.ts';
import { environmentFolder, parseBaseFiles } from '../lib/domain/environment/base-files.ts';
import { hiddenContainerValues, planVisibility, summarisePlan } from '../lib/domain/plan/summarise.ts';
import { changesAnything, type PlanSummary } from '../lib/domain/plan/summary.ts';
import { createScrubber, type Scrubber } from '../lib/domain/plan/redact.ts';
import { checkReleasesUnedited, type ReleaseFile } from '../lib/domain/release/release.ts';
import { initialise, makePlan, type PlannedTerraform } from '../lib/operations/make-plan.ts';
import { readRootModule } from '../lib/operations/root-module.ts';
import type { EnvelopeSealer } from '../lib/ports/envelope.ts';
import type { Git } from '../lib/ports/git.ts';
import type { PlanFiles } from '../lib/ports/plan-files.ts';
import type { PlanSources } from '../lib/ports/plan-sources.ts';
import type { Terraform } from '../lib/ports/terraform.ts';
import type { TerraformPlanInputs } from './inputs.ts';

/** What is planned, and by which run. */
export interface PlanContext {
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
  readonly isProduction: boolean;
  readonly backendConfig: readonly string[];
  readonly repository: string;
  readonly run: { readonly id: number; readonly attempt: number };
}

export interface TerraformPlanPorts {
  readonly terraform: Terraform;
  readonly git: Git;
  readonly sources: PlanSources;
  readonly files: PlanFiles;
  /** Undefined where there is no key: then no envelope is made. */
  readonly sealer: EnvelopeSealer | undefined;
}

/** A plan: its summary is safe to show, its envelope is sealed. */
export interface TerraformPlanResult {
  readonly outcome: 'no-changes' | 'changes' | 'failed';
  readonly summary: PlanSummary;
  readonly envelope: string | undefined;
}

/**
 * Plans an environment, and sums the plan up for its reviewers.
 *
 * @throws UserError when the commits are not there, a release was edited in place, or the job is cancelled.
 */
export async function runTerraformPlan(
  inputs: TerraformPlanInputs,
  context: PlanContext,
  ports: TerraformPlanPorts,
): Promise<TerraformPlanResult> {
  const { environment, releaseFile } = context;
  const commits = await findCommits(inputs, ports.git);
  const base = await readBase(environment.name, commits.baseSha, ports.git);
  if (base.release !== undefined) {
    checkReleasesUnedited(base.release, releaseFile, `${environmentFolder(environment.name)}/release.json`);
  }
  const initialised = await initialise(ports.terraform, context.backendConfig);
  const made =
    initialised.kind === 'failed'
      ? initialised
      : await makePlan(ports.terraform, initialised, { lock: 'none', planFile: ports.files.newPlan });
  const folder = environmentFolder(environment.name);
  const show = (scrubber: Scrubber): PlanSummary['result']['diagnostics'] =>
    made.diagnostics.map((diagnostic) => showDiagnostic(diagnostic, folder, scrubber));
  const summary = (result: PlanSummary['result']): PlanSummary => ({
    format: 1,
    environment: environment.name,
    promotionOrder: environment.promotionOrder,
    headSha: commits.headSha,
    baseSha: commits.baseSha ?? null,
    run: context.run,
    terraformVersion: made.terraformVersion,
    result,
  });
  if (made.kind === 'failed') {
    const diagnostics = show(createScrubber(hiddenContainerValues(environment, releaseFile)));
    return {
      outcome: 'failed',
      summary: summary({ kind: 'failed', step: made.step, diagnostics }),
      envelope: undefined,
    };
  }
  const visibility = planVisibility(made.plan, environment, releaseFile);
  const planned = summarisePlan(made.plan, {
    environment,
    baseEnvironment: base.environment,
    release: releaseFile,
    baseRelease: base.release,
    isProduction: context.isProduction,
    diagnostics: show(visibility.scrubber),
    terraformFiles: await ports.sources.terraformFiles(moduleFolders(made.plan, environment.name)),
    sources: await ports.sources.sourcesOf(environment.name),
    rootModule: await readRootModule(environment.name, commits.baseSha, ports),
  });
  return {
    outcome: made.outcome === 'changes' || changesAnything(planned) ? 'changes' : 'no-changes',
    summary: summary(planned),
    envelope: await sealPlan(made, context, commits, ports),
  };
}

interface Commits {
  readonly headSha: string;
  readonly baseSha: string | undefined;
}

async function findCommits(inputs: TerraformPlanInputs, git: Git): Promise<Commits> {
  const headSha = inputs['head-sha'] ?? (await git.commitOf('HEAD'));
  if (headSha === undefined) {
    throw new UserError({
      what: 'The commit to plan for is not known',
      expected: 'the input head-sha, or a Git checkout with a commit',
      found: 'neither',
      remedy: 'Check out the repository before this action, or name the commit.',
    });
  }
  return { headSha, baseSha: inputs['base-sha'] };
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

async function sealPlan(
  made: PlannedTerraform,
  { environment, releaseFile, repository, run }: PlanContext,
  { headSha, baseSha }: Commits,
  { sealer, files, sources }: TerraformPlanPorts,
): Promise<string | undefined> {
  if (sealer === undefined) return undefined;
  const plan = await files.read(files.newPlan);
  return await sealer.seal({
    bindings: {
      repository,
      environment: environment.name,
      headSha,
      baseSha: baseSha ?? null,
      sourcesDigest: await sources.digest(environment.name),
      lockFileDigest: await sources.lockFileDigest(environment.name),
      state: made.state,
      terraformVersion: made.terraformVersion,
      planDigest: createHash('sha256').update(plan).digest('hex'),
      run,
    },
    meaning: planMeaning(made.plan, planVisibility(made.plan, environment, releaseFile)),
    plan,
  });
}
