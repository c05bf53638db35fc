import { createHash } from 'node:crypto';
import type { Environment } from '../lib/domain/environment/environment.ts';
import { brokenBindings, type ApplyFacts, type BrokenBinding, type Envelope } from '../lib/domain/plan/envelope.ts';
import { UserError } from '../lib/domain/errors/user-error.ts';
import type { AppliedPlan, ApplyResult } from '../lib/domain/plan/apply.ts';
import { showDiagnostic, type TerraformDiagnostic } from '../lib/domain/plan/diagnostics.ts';
import { parsePlanJson, plannedOutputs } from '../lib/domain/plan/plan-json.ts';
import { parseStateLock } from '../lib/domain/plan/state-lock.ts';
import { compareMeanings, isSameMeaning, planMeaning } from '../lib/domain/plan/meaning.ts';
import { environmentFolder } from '../lib/domain/environment/base-files.ts';
import { hiddenContainerValues, planCounts, planVisibility } from '../lib/domain/plan/summarise.ts';
import type { Diagnostic } from '../lib/domain/plan/summary.ts';
import { createScrubber, type Scrubber } from '../lib/domain/plan/redact.ts';
import type { ReleaseFile } from '../lib/domain/release/release.ts';
import {
  initialise,
  makePlan,
  type FailedTerraform,
  type KnownPlan,
  type PlannedTerraform,
} from '../lib/operations/make-plan.ts';
import type { EnvelopeSealer } from '../lib/ports/envelope.ts';
import type { Git } from '../lib/ports/git.ts';
import type { PlanFiles } from '../lib/ports/plan-files.ts';
import type { PlanSources } from '../lib/ports/plan-sources.ts';
import type { Reporter } from '../lib/ports/reporter.ts';
import type { LockOptions, Terraform } from '../lib/ports/terraform.ts';
import type { TerraformApplyInputs } from './inputs.ts';

/** What is applied to, and what the reviewed plan came in. */
export interface ApplyContext {
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
  readonly backendConfig: readonly string[];
  readonly repository: string;
  /** The text of the envelope, or undefined where there is none. */
  readonly sealed: string | undefined;
}

export interface TerraformApplyPorts {
  readonly terraform: Terraform;
  readonly git: Git;
  readonly sources: PlanSources;
  readonly files: PlanFiles;
  /** Undefined where there is no key. */
  readonly sealer: EnvelopeSealer | undefined;
  readonly reporter: Reporter;
}

/**
 * Applies the plan that was reviewed, or one that means the same; otherwise changes nothing and says why.
 *
 * @throws UserError when the envelope can't be opened, or the job is cancelled.
 */
export async function runTerraformApply(
  inputs: TerraformApplyInputs,
  context: ApplyContext,
  ports: TerraformApplyPorts,
): Promise<ApplyResult> {
  const { environment, releaseFile } = context;
  // allow-unreviewed ignores the envelope, also one that no longer fits.
  const envelope = inputs['allow-unreviewed'] ? undefined : await openEnvelope(context, ports);
  if (envelope === undefined && !inputs['allow-unreviewed']) {
    return { kind: 'refused', refusal: { kind: 'missing' }, broken: [] };
  }
  const facts = envelope === undefined ? undefined : await applyFacts(inputs, context, envelope, ports);
  // What needs no Terraform is checked before Terraform runs: an envelope from elsewhere gets no further.
  const early = brokenNow(envelope, facts);
  if (isForeign(early)) return { kind: 'refused', refusal: { kind: 'foreign' }, broken: early };

  const initialised = await initialise(ports.terraform, context.backendConfig);
  if (initialised.kind === 'failed') return failed(initialised, early, context);
  const { terraformVersion } = initialised;
  const initially = brokenNow(envelope, facts && { ...facts, terraformVersion });
  const lock: LockOptions = { timeoutSeconds: inputs['lock-timeout-seconds'] };
  // Read while the new one is made: each run of Terraform takes seconds to start its providers.
  const saved = envelope === undefined || initially.length > 0 ? undefined : await startReading(envelope, ports);
  const made = await settled(
    makePlan(ports.terraform, initialised, { lock, planFile: ports.files.newPlan, known: saved }),
    saved?.plan,
  );
  if (made.kind === 'failed') return failed(made, initially, context);
  const broken = brokenNow(envelope, facts && { ...facts, state: made.state, terraformVersion });
  if (isForeign(broken)) return { kind: 'refused', refusal: { kind: 'foreign' }, broken };

  const visibility = planVisibility(made.plan, environment, releaseFile);
  const now = planMeaning(made.plan, visibility);
  if (made.outcome === 'no-changes' && now.length === 0) {
    return { kind: 'no-changes', broken, outputs: plannedOutputs(made.plan) };
  }
  if (envelope !== undefined) {
    const difference = compareMeanings(envelope.meaning, now);
    if (!isSameMeaning(difference)) return { kind: 'refused', refusal: { kind: 'different', difference }, broken };
  }
  if (broken.length === 0 && saved !== undefined) {
    const difference = compareMeanings(planMeaning(await saved.plan, visibility), now);
    if (!isSameMeaning(difference)) return { kind: 'refused', refusal: { kind: 'mislabelled', difference }, broken };
  }
  const plan = whichPlan(envelope, broken.length === 0 && saved !== undefined);
  return await apply(plan, made, { context, broken, lock, scrubber: visibility.scrubber }, ports);
}

async function startReading(envelope: Envelope, { terraform, files }: TerraformApplyPorts): Promise<KnownPlan> {
  const planFile = files.reviewedPlan;
  await files.write(planFile, envelope.plan);
  return { planFile, plan: terraform.showPlan(planFile).then(parsePlanJson) };
}

/** A result, when what runs beside it has ended too: Terraform must not go on in the background of a failure. */
async function settled<Result>(result: Promise<Result>, beside: Promise<unknown> | undefined): Promise<Result> {
  await Promise.allSettled([result, beside]);
  await beside;
  return await result;
}

function isForeign(broken: readonly BrokenBinding[]): boolean {
  return broken.some(({ kind }) => kind === 'foreign');
}

function failed(
  { step, diagnostics }: FailedTerraform,
  broken: readonly BrokenBinding[],
  context: ApplyContext,
): ApplyResult {
  const scrubber = createScrubber(hiddenContainerValues(context.environment, context.releaseFile));
  const shown = showAll(diagnostics, context, scrubber);
  return { kind: 'failed', step, broken, diagnostics: shown, lock: parseStateLock(diagnostics) };
}

function whichPlan(envelope: Envelope | undefined, savedHolds: boolean): AppliedPlan {
  if (envelope === undefined) return 'unreviewed';
  return savedHolds ? 'reviewed' : 'replanned';
}

async function openEnvelope({ sealed }: ApplyContext, { sealer }: TerraformApplyPorts): Promise<Envelope | undefined> {
  if (sealed === undefined) return undefined;
  if (sealer !== undefined) return await sealer.open(sealed);
  throw new UserError({
    what: 'The plan envelope cannot be opened',
    where: 'with: plan-key',
    expected: 'the secret that it was sealed with',
    found: 'nothing',
    remedy: 'Give the action the secret PLAN_KEY.',
  });
}

async function applyFacts(
  inputs: TerraformApplyInputs,
  { environment, repository }: ApplyContext,
  envelope: Envelope,
  { git, sources }: TerraformApplyPorts,
): Promise<ApplyFacts> {
  return {
    repository,
    environment: environment.name,
    reviewedHeadSha: inputs['reviewed-head-sha'] ?? (await git.commitOf('HEAD')) ?? 'unknown',
    reviewedRunId: inputs['reviewed-run-id'],
    previousSha: inputs['previous-sha'],
    sourcesDigest: await sources.digest(environment.name),
    lockFileDigest: await sources.lockFileDigest(environment.name),
    planDigest: createHash('sha256').update(envelope.plan).digest('hex'),
    // Known only when Terraform has run; until then taken as it was.
    state: envelope.bindings.state,
    terraformVersion: envelope.bindings.terraformVersion,
  };
}

function brokenNow(envelope: Envelope | undefined, facts: ApplyFacts | undefined): readonly BrokenBinding[] {
  return envelope === undefined || facts === undefined ? [] : brokenBindings(envelope.bindings, facts);
}

interface Applying {
  readonly context: ApplyContext;
  readonly broken: readonly BrokenBinding[];
  readonly lock: LockOptions;
  readonly scrubber: Scrubber;
}

async function apply(
  plan: AppliedPlan,
  made: PlannedTerraform,
  { context, broken, lock, scrubber }: Applying,
  { terraform, files, reporter }: TerraformApplyPorts,
): Promise<ApplyResult> {
  reporter.info(`Applying the ${plan === 'reviewed' ? 'saved plan' : 'new plan'} of ${context.environment.name}`);
  const applied = await terraform.apply(plan === 'reviewed' ? files.reviewedPlan : files.newPlan, lock);
  if (applied.kind === 'failed') {
    const { diagnostics } = applied;
    const shown = showAll(diagnostics, context, scrubber);
    return { kind: 'failed', step: 'apply', broken, diagnostics: shown, lock: parseStateLock(diagnostics) };
  }
  return { kind: 'applied', plan, broken, counts: planCounts(made.plan), outputs: applied.outputs };
}

function showAll(
  diagnostics: readonly TerraformDiagnostic[],
  { environment }: ApplyContext,
  scrubber: Scrubber,
): readonly Diagnostic[] {
  const folder = environmentFolder(environment.name);
  return diagnostics.map((diagnostic) => showDiagnostic(diagnostic, folder, scrubber));
}
