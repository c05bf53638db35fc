import { approvalEnvironment } from '../lib/domain/environment/names.ts';
import { isSettledOn, lastDeployed, verifiedReleases } from '../lib/domain/ledger/standing.ts';
import { digestOfMeaning, type PlanMeaning } from '../lib/domain/plan/meaning.ts';
import { decideOnPlan, reviewPlan, type PlanDecision, type PlanReview } from '../lib/domain/plan/review.ts';
import type { PlanSummary } from '../lib/domain/plan/summary.ts';
import { findStatements, type StatementPorts } from '../lib/operations/find-statements.ts';
import { overtakenBy } from '../lib/operations/overtaken.ts';
import { planEnvironment, type PlanContext, type PlanPorts } from '../lib/operations/plan-environment.ts';
import type { Ledger } from '../lib/ports/ledger.ts';
import type { PlanDeploymentInputs } from './inputs.ts';

/** What a deployment would do to an environment, and whether it may. */
export type DeploymentPlan =
  | { readonly kind: 'failed'; readonly summary: PlanSummary }
  | { readonly kind: 'overtaken'; readonly by: string }
  | {
      readonly kind: 'planned';
      readonly summary: PlanSummary;
      readonly meaning: PlanMeaning;
      readonly digest: string;
      readonly serving: string | null;
      readonly review: PlanReview;
      readonly decision: PlanDecision;
      /** Whether somebody is set to approve it. */
      readonly waits: boolean;
    };

/** What is deployed. */
export interface DeploymentSubject extends PlanContext {
  /** The commit that the run is for. */
  readonly commit: string;
}

/**
 * Plans an environment at a commit of the main branch, and compares the plan with what was reviewed.
 *
 * @throws UserError when GitHub or the ledger can't be read, or the job is cancelled.
 */
export async function runPlanDeployment(
  inputs: Pick<PlanDeploymentInputs, 'branch' | 'workflow' | 'plan-digest' | 'force'>,
  subject: DeploymentSubject,
  ports: PlanPorts & StatementPorts & { readonly ledger: Ledger },
): Promise<DeploymentPlan> {
  const { environment, commit } = subject;
  const history = await ports.ledger.read();
  const by = await overtakenBy(commit, history, ports.git);
  if (by !== undefined) return { kind: 'overtaken', by };
  const deployed = lastDeployed(history);
  // A commit that Git doesn't have, such as one of a branch that was rewritten, is no place to count from.
  const since = deployed === null ? undefined : await ports.git.mergeBase(deployed, commit);
  const { summary, meaning } = await planEnvironment({ headSha: commit, baseSha: since }, subject, ports);
  if (summary.result.kind === 'failed' || meaning === undefined) return { kind: 'failed', summary };
  const { serving } = summary.result;
  const { branch, workflow } = inputs;
  const place = { ...environment, sources: await ports.sources.sourcesOf(environment.name) };
  const commits = await findStatements({ environment: place, since, head: commit, branch, workflow }, ports);
  const known = [...verifiedReleases(history, environment), ...(serving === null ? [] : [serving])];
  const review = reviewPlan(meaning, known, commits);
  const reviewers = await ports.reviews.reviewersOf(approvalEnvironment(environment.name));
  const digest = digestOfMeaning(meaning);
  const decision = decideOnPlan({
    ...{ meaning, digest, review, serving, reviewers },
    isSettled: meaning.live === null || isSettledOn(meaning.live, history, environment),
    named: inputs['plan-digest'],
    isForced: inputs.force,
  });
  const waits = decision.kind === 'proceed' && reviewers > 0;
  return { kind: 'planned', summary, meaning, digest, serving, review, decision, waits };
}
