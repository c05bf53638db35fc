import { isConfigured } from '../lib/domain/environment/configured.ts';
import type { Environment } from '../lib/domain/environment/environment.ts';
import { describeError, UserError } from '../lib/domain/errors/user-error.ts';
import { proposalPrefix } from '../lib/domain/promotion/proposal.ts';
import { releasedModelDigest } from '../lib/domain/release/model-artifact.ts';
import { liveRelease, parseReleaseFile, type ReleaseFile } from '../lib/domain/release/release.ts';
import { isAbout, isOfEnvironment, renderReplay } from '../lib/domain/replay/render.ts';
import type { ReplaySummary } from '../lib/domain/replay/summary.ts';
import { COMMENT_LIMIT } from '../lib/domain/text/size-budget.ts';
import { isSameBody } from '../lib/domain/text/markdown.ts';
import { isAncestor } from '../lib/operations/is-ancestor.ts';
import type { Git } from '../lib/ports/git.ts';
import type { PlanComments, PullRequestComment } from '../lib/ports/plan-comments.ts';
import type { ReleasePullRequests } from '../lib/ports/release-pull-requests.ts';
import type { Reporter } from '../lib/ports/reporter.ts';
import type { ReplayCommentInputs } from './inputs.ts';

/** A replay to make: the row of a workflow's matrix. */
export interface WantedReplay {
  readonly environment: string;
  readonly service: string;
  readonly pullRequest: number;
  readonly release: string;
  readonly live: string;
  readonly candidateCommit: string;
  readonly liveCommit: string;
  /** Empty where the release names none. */
  readonly candidateDigest: string;
  readonly liveDigest: string;
}

/** An environment as the checkout has it. */
interface EnvironmentEntry {
  readonly environment: Environment;
  readonly releaseFile: ReleaseFile;
}

/** The ports of finding replays. */
export interface FindPorts {
  readonly environments: () => Promise<readonly EnvironmentEntry[]>;
  readonly pulls: Pick<ReleasePullRequests, 'listOpen'>;
  readonly comments: Pick<PlanComments, 'list'>;
  readonly fetchHead: (pullRequest: number) => Promise<void>;
  readonly git: Pick<Git, 'readFile' | 'mergeBase'>;
  readonly reporter: Reporter;
}

/**
 * The open promotions of the environments with a replay that have none of their release against what serves yet. A pull
 * request that can't be read keeps no other one from its replay.
 *
 * @throws UserError when GitHub doesn't answer, or a named environment has no replay.
 */
export async function findReplays(
  inputs: Pick<ReplayCommentInputs, 'environment' | 'comment-author'>,
  ports: FindPorts,
): Promise<readonly WantedReplay[]> {
  const named = inputs.environment;
  const entries = (await ports.environments()).filter(
    ({ environment }) => hasReplay(environment) && (named === undefined || environment.name === named),
  );
  if (named !== undefined && entries.length === 0) throw noReplay(named);
  const found: WantedReplay[] = [];
  for (const entry of entries) {
    const { name } = entry.environment;
    // There is one: a newer one closes those before it.
    const open = await ports.pulls.listOpen(proposalPrefix('promotion', name));
    for (const { number } of open.toSorted((a, b) => b.number - a.number).slice(0, 1)) {
      try {
        const replay = await replayOf(entry, number, ports);
        if (replay === undefined) continue;
        const comments = await ownComments(number, inputs['comment-author'], ports.comments);
        if (named === undefined && comments.some(({ body }) => isAbout(body, replay))) continue;
        found.push(replay);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        ports.reporter.warning(`#${String(number)} gets no replay: ${describeError(error)}`);
      }
    }
  }
  return found;
}

function hasReplay(environment: Environment): boolean {
  return (environment.replay ?? null) !== null && isConfigured(environment);
}

async function replayOf(
  { environment, releaseFile }: EnvironmentEntry,
  pullRequest: number,
  { fetchHead, git }: FindPorts,
): Promise<WantedReplay | undefined> {
  const { name, service } = environment;
  const live = liveRelease(releaseFile);
  await fetchHead(pullRequest);
  const path = `environments/${name}/release.json`;
  const text = await git.readFile('FETCH_HEAD', path);
  const proposed = text === undefined ? undefined : liveRelease(parseReleaseFile({ path, text }));
  if (live === undefined || proposed === undefined || proposed.id === live.id) return undefined;
  // Their code runs: it has to be what was reviewed and merged, whatever a pull request names.
  for (const { id, source } of [live, proposed]) {
    if (!(await isAncestor(git, source.commit, 'HEAD'))) throw notMerged(id, source.commit, path);
  }
  return {
    ...{ environment: name, service, pullRequest, release: proposed.id, live: live.id },
    ...{ candidateCommit: proposed.source.commit, liveCommit: live.source.commit },
    ...{ candidateDigest: releasedModelDigest(proposed) ?? '', liveDigest: releasedModelDigest(live) ?? '' },
  };
}

function notMerged(release: string, commit: string, path: string): UserError {
  return new UserError({
    what: `Release ${release} was not built from a commit of the default branch`,
    where: `${path} at releases["${release}"].source.commit`,
    expected: 'a commit that was merged',
    found: commit,
    remedy: 'Promote a release that release.yml has built.',
  });
}

function noReplay(name: string): UserError {
  return new UserError({
    what: `${name} has no replay`,
    where: `environments/${name}/environment.json at replay`,
    expected: 'an environment that is set up and turns the replay on',
    found: 'none of that name',
    remedy: 'Name another environment, or turn its replay on as docs/model-review.md describes it.',
  });
}

/** The ports of writing a comment. */
export interface WritePorts {
  readonly summary: ReplaySummary;
  readonly comments: Pick<PlanComments, 'list' | 'create' | 'update'>;
  readonly runUrl: string;
}

/**
 * Writes a replay into the one comment of a pull request that is about its environment.
 *
 * @throws UserError when the replay is about another environment, or GitHub refuses.
 */
export async function writeReplay(
  inputs: Pick<ReplayCommentInputs, 'environment' | 'pull-request' | 'comment-author'>,
  { summary, comments, runUrl }: WritePorts,
): Promise<PullRequestComment> {
  const { environment, 'pull-request': pullRequest } = inputs;
  if (pullRequest === undefined || environment !== summary.environment) {
    throw new UserError({
      what: 'The replay is about another environment',
      where: 'with: environment, pull-request',
      expected: `${summary.environment}, with the number of a pull request`,
      found: `${environment ?? 'nothing'}, ${String(pullRequest ?? 'nothing')}`,
      remedy: 'Give the action the row of the matrix that the replay was made for.',
    });
  }
  const body = renderReplay(summary, runUrl, COMMENT_LIMIT);
  const own = await ownComments(pullRequest, inputs['comment-author'], comments);
  const existing = own.find((comment) => isOfEnvironment(comment.body, environment));
  if (existing === undefined) return await comments.create(pullRequest, body);
  return isSameBody(existing.body, body) ? existing : await comments.update(existing.id, body);
}

async function ownComments(
  pullRequest: number,
  author: string,
  comments: Pick<PlanComments, 'list'>,
): Promise<readonly PullRequestComment[]> {
  return (await comments.list(pullRequest)).filter((comment) => comment.author === author);
}
