import { isContentData } from '../domain/changes/changed-paths.ts';
import { touchedEnvironments, type EnvironmentSources } from '../domain/changes/touched-environments.ts';
import { describeError } from '../domain/errors/user-error.ts';
import type { UnappliedCommit } from '../domain/plan/review.ts';
import {
  attemptOfArtifact,
  parseStatement,
  statementArtifact,
  statementFile,
  type Statement,
} from '../domain/plan/statement.ts';
import type { Git } from '../ports/git.ts';
import type { MergedPullRequest, PlanningRun, PlanReviews } from '../ports/plan-reviews.ts';
import { isAncestor } from './is-ancestor.ts';

/** What the statements are wanted for. */
export interface StatementQuery {
  readonly environment: EnvironmentSources;
  /** The newest commit on the default branch that was applied; undefined where none is known. */
  readonly since: string | undefined;
  readonly head: string;
  readonly branch: string;
  /** File name of the workflow that plans. */
  readonly workflow: string;
}

export interface StatementPorts {
  readonly git: Git;
  readonly reviews: PlanReviews;
  /** Fetches the head of a pull request into the checkout. */
  readonly fetchHead: (pullRequest: number) => Promise<void>;
}

// Each commit costs some requests; whoever has more to apply looks at the plan itself.
const MOST_COMMITS = 100;

/**
 * The commits of the branch's own line that touch an environment and aren't applied, newest first, each with the statement
 * that its reviewers were shown, up to the first one without.
 */
export async function findStatements(
  query: StatementQuery,
  ports: StatementPorts,
): Promise<readonly UnappliedCommit[]> {
  const found: UnappliedCommit[] = [];
  for (const commit of await ports.git.firstParents(query.head, query.since, MOST_COMMITS)) {
    const parent = await ports.git.commitOf(`${commit}^1`);
    if (parent === undefined) {
      found.push({ commit, pullRequest: undefined, shown: 'it is the first commit' });
      break;
    }
    const paths = await ports.git.changedFiles(parent, commit);
    if (touchedEnvironments(paths, [query.environment]).length === 0) continue;
    const pull = pullRequestOf(commit, query.branch, await ports.reviews.mergedPullRequests(commit));
    // A rebase merge makes several commits of one pull request.
    if (pull !== undefined && found.at(-1)?.pullRequest === pull.number) continue;
    const shown =
      pull === undefined
        ? `no pull request into ${query.branch} brought it`
        : await shownIn(pull, parent, query, ports);
    found.push({ commit, pullRequest: pull?.number, shown });
    if (typeof shown === 'string') break;
  }
  return found;
}

/** The pull request whose merge a commit is, else (a rebase merge) the last merged one that holds it. */
function pullRequestOf(
  commit: string,
  branch: string,
  candidates: readonly MergedPullRequest[],
): MergedPullRequest | undefined {
  const merged = candidates.filter(({ baseBranch }) => baseBranch === branch);
  return (
    merged.find(({ mergeCommitSha }) => mergeCommitSha === commit) ??
    merged.toSorted((a, b) => b.mergedAt - a.mergedAt)[0]
  );
}

async function shownIn(
  pull: MergedPullRequest,
  parent: string,
  query: StatementQuery,
  ports: StatementPorts,
): Promise<Statement | string> {
  const { git, reviews } = ports;
  if (pull.isFork) return 'it comes from a fork, for which nothing is planned';
  const unsafe = await otherThanContent(pull, parent, ports);
  if (unsafe !== undefined) return unsafe;
  // A run for another base has the same head: its code could be of anybody.
  const bases = await reviews.baseBranchesOf(pull.headBranch);
  const other = bases.find((base) => base !== query.branch);
  if (other !== undefined) return `its branch ${pull.headBranch} was proposed to ${other} too`;
  const run = newestRun(pull, query, await reviews.runsOf(query.workflow, pull.headSha));
  if (run === undefined) return `no run of ${query.workflow} planned its head ${pull.headSha}`;
  if (run.conclusion !== 'success') {
    return `the newest run of ${query.workflow} for it (${String(run.id)}) ended as ${run.conclusion ?? 'nothing yet'}`;
  }
  if (run.startedAt > pull.mergedAt) return `run ${String(run.id)} was run again after the merge`;
  const statement = await readStatement(run, pull, query, reviews);
  if (typeof statement === 'string') return statement;
  const problem = brokenBinding(statement, pull, run, query);
  if (problem !== undefined) return `the statement of run ${String(run.id)} ${problem}`;
  if (!(await isAncestor(git, statement.baseSha, parent))) {
    return `the statement was made on ${statement.baseSha}, which is not of ${query.branch}`;
  }
  return statement;
}

/** Why a pull request could have forged its statement, or undefined where the code that made it is that of its base. */
async function otherThanContent(
  { number, headSha }: MergedPullRequest,
  parent: string,
  { git, fetchHead }: StatementPorts,
): Promise<string | undefined> {
  if ((await git.commitOf(headSha)) === undefined) await fetchHead(number);
  const base = (await git.commitOf(headSha)) === undefined ? undefined : await git.mergeBase(parent, headSha);
  if (base === undefined) return `its head ${headSha} can't be read`;
  const path = (await git.changedFiles(base, headSha)).find((one) => !isContentData(one));
  return path === undefined
    ? undefined
    : `it changes more than releases, settings, smoke cases, models and texts (${path}), so its own code could have written its statement`;
}

// The newest run decides, however it ended: one that was cancelled or failed does not bring back an older one. What started
// after the merge was shown to nobody who reviewed: an edited description starts a run too.
function newestRun(
  { headSha, headBranch, mergedAt }: MergedPullRequest,
  { workflow }: StatementQuery,
  runs: readonly PlanningRun[],
): PlanningRun | undefined {
  return runs
    .filter((run) => run.workflow === `.github/workflows/${workflow}` && run.event === 'pull_request')
    .filter((run) => run.headSha === headSha && run.headBranch === headBranch && !run.isFork)
    .filter((run) => run.createdAt <= mergedAt)
    .toSorted((a, b) => b.createdAt - a.createdAt || b.id - a.id)[0];
}

async function readStatement(
  { id, attempt: newest }: PlanningRun,
  { mergedAt }: MergedPullRequest,
  { environment: { name } }: StatementQuery,
  reviews: PlanReviews,
): Promise<Statement | string> {
  const artifacts = (await reviews.artifactsOf(id)).filter(({ createdAt }) => createdAt <= mergedAt);
  const attempts = artifacts
    .flatMap((artifact) => attemptOfArtifact(artifact.name, name) ?? [])
    .filter((attempt) => attempt <= newest)
    .sort((a, b) => b - a);
  const [attempt] = attempts;
  if (attempt === undefined)
    return `run ${String(id)} has no statement about ${name} from before the merge (artifacts expire)`;
  const artifact = statementArtifact(name, attempt);
  const path = statementFile(name);
  const newestOfName = artifacts.findLast((one) => one.name === artifact);
  const text = newestOfName === undefined ? undefined : await reviews.readArtifact(newestOfName, path);
  if (text === undefined) return `the artifact ${artifact} of run ${String(id)} has no ${path}`;
  try {
    const statement = parseStatement({ path, text });
    return statement.run.attempt === attempt ? statement : `${artifact} names the attempt ${statement.run.attempt}`;
  } catch (error) {
    return describeError(error);
  }
}

function brokenBinding(
  statement: Statement,
  pull: MergedPullRequest,
  run: PlanningRun,
  query: StatementQuery,
): string | undefined {
  const bindings: readonly (readonly [string, string | number, string | number])[] = [
    ['environment', statement.environment, query.environment.name],
    ['pull request', statement.pullRequest, pull.number],
    ['head', statement.headSha, pull.headSha],
    ['run', statement.run.id, run.id],
  ];
  const broken = bindings.find(([, said, found]) => said !== found);
  return broken === undefined ? undefined : `names the ${broken[0]} ${String(broken[1])}, not ${String(broken[2])}`;
}
