import { ApiError, invalid, notFound } from '../core/api-error.ts';
import { takeId, text, textOr, timestamp, type Context, type Handler } from '../core/context.ts';
import type { GitCommit } from '../core/git-repository.ts';
import { renderCommit, renderFileChange } from '../render/commit.ts';
import { isFork, renderPull, renderPullSimple, renderReview, type PullCounts } from '../render/pull.ts';
import { renderRepository, renderUser } from '../render/repository.ts';
import { unmetRules } from '../core/merge-rules.ts';
import type { Actor, Issue, Pull, Review } from '../core/state.ts';
import { checkedBody, findIssue, setState, takeNumber } from './issues.ts';

/** A pull request with its pull part. */
type PullIssue = Issue & { readonly pull: Pull };

/** The pull requests among the issues, oldest first. */
function pullsOf(context: Context): readonly PullIssue[] {
  return context.state.issues.filter((issue): issue is PullIssue => issue.pull !== undefined);
}

export const listPulls: Handler = (context, { query }) => {
  const state = textOr(query['state'], 'open');
  const [headOwner, headRef] = textOr(query['head'], '').split(':');
  if (query['sort'] !== undefined && query['sort'] !== 'created') {
    throw new ApiError(501, 'The local GitHub sorts pull requests by creation only');
  }
  const found = pullsOf(context)
    .filter((issue) => state === 'all' || issue.state === state)
    .filter(({ pull }) => query['base'] === undefined || pull.baseRef === query['base'])
    .filter(
      ({ pull }) =>
        headRef === undefined || (pull.headRef === headRef && pull.headRepository.startsWith(`${headOwner ?? ''}/`)),
    );
  const ordered = query['direction'] === 'asc' ? found : found.toReversed();
  return { status: 200, body: ordered.map((issue) => renderPullSimple(context, issue, issue.pull)) };
};

export const createPull: Handler = async (context, { actor, body }) => {
  const { owner, repo } = context.state;
  const base = text(body['base']);
  const [first = '', second] = text(body['head']).split(':');
  const headOwner = second === undefined ? owner : first;
  const headRef = second ?? first;
  const baseSha = await context.git.resolve(`refs/heads/${base}`);
  if (baseSha === undefined) throw invalid('PullRequest', 'base', `base ${base} does not exist`);
  const headSha = await context.git.resolve(headGitRef(owner, headOwner, headRef));
  if (headSha === undefined) throw invalid('PullRequest', 'head', `head ${headRef} does not exist`);
  if (headSha === baseSha || (await context.git.mergeBase(baseSha, headSha)) === headSha) {
    throw invalid('PullRequest', 'head', `No commits between ${base} and ${headRef}`);
  }
  const headRepository = `${headOwner}/${repo}`;
  const same = pullsOf(context).find(
    ({ state, pull }) =>
      state === 'open' && pull.headRef === headRef && pull.baseRef === base && pull.headRepository === headRepository,
  );
  if (same !== undefined)
    throw invalid('PullRequest', 'head', `A pull request already exists for ${headOwner}:${headRef}.`);
  const now = timestamp(context);
  const issue: PullIssue = {
    id: takeId(context.state),
    number: takeNumber(context),
    title: textOr(body['title'], headRef),
    body: checkedBody('PullRequest', textOr(body['body'], null)),
    state: 'open',
    stateReason: null,
    labels: [],
    user: actor,
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    pull: {
      headRepository,
      headRef,
      headSha,
      baseRef: base,
      baseSha,
      draft: body['draft'] === true,
      maintainerCanModify: body['maintainer_can_modify'] === true,
      mergedAt: null,
      mergedBy: null,
      mergeSha: null,
    },
  };
  context.state.issues.push(issue);
  await refreshPull(context, issue);
  await emitPull(context, issue, 'opened', actor);
  return { status: 201, body: await renderFull(context, issue) };
};

export const getPull: Handler = async (context, { path }) => ({
  status: 200,
  body: await renderFull(context, findPull(context, path['pull_number'])),
});

export const updatePull: Handler = async (context, { actor, path, body }) => {
  const issue = findPull(context, path['pull_number']);
  const before = issue.state;
  const { baseRef, baseSha } = issue.pull;
  if (body['title'] !== undefined) issue.title = text(body['title']);
  if (body['body'] !== undefined) issue.body = checkedBody('PullRequest', textOr(body['body'], null));
  if (typeof body['base'] === 'string') {
    const sha = await context.git.resolve(`refs/heads/${body['base']}`);
    if (sha === undefined) throw invalid('PullRequest', 'base', `base ${body['base']} does not exist`);
    issue.pull.baseRef = body['base'];
    issue.pull.baseSha = sha;
  }
  if (body['state'] === 'open' && issue.pull.mergedAt !== null) {
    throw invalid('PullRequest', 'state', 'state cannot be changed. The pull request cannot be reopened.');
  }
  if (body['state'] === 'open' || body['state'] === 'closed') setState(context, issue, body['state']);
  issue.updatedAt = timestamp(context);
  const moved = issue.pull.baseRef !== baseRef;
  if (moved) await refreshPull(context, issue);
  const changes = moved ? { base: { ref: { from: baseRef }, sha: { from: baseSha } } } : {};
  if (issue.state === before) await emitPull(context, issue, 'edited', actor, { changes });
  else await emitPull(context, issue, issue.state === 'open' ? 'reopened' : 'closed', actor);
  return { status: 200, body: await renderFull(context, issue) };
};

export const mergePull: Handler = async (context, { actor, path, body }) => {
  const issue = findPull(context, path['pull_number']);
  const { pull } = issue;
  const { git } = context;
  if (issue.state !== 'open') throw new ApiError(405, 'Pull Request is not mergeable');
  if (body['sha'] !== undefined && body['sha'] !== pull.headSha) {
    throw new ApiError(409, 'Head branch was modified. Review and try the merge again.');
  }
  const unmet = unmetRules(context.state, issue);
  if (unmet.length > 0) throw new ApiError(405, `Repository rule violations found\n\n${unmet.join('\n\n')}\n\n`);
  const base = await git.resolve(`refs/heads/${pull.baseRef}`);
  if (base === undefined) throw new ApiError(405, 'Base branch was removed.');
  const tree = await git.mergeTree(base, pull.headSha);
  if (tree === undefined) throw new ApiError(405, 'Pull Request is not mergeable');
  const method = textOr(body['merge_method'], 'merge');
  const signature = {
    name: actor.login,
    email: `${actor.id}+${actor.login}@users.noreply.github.com`,
    date: timestamp(context),
  };
  const title =
    method === 'squash'
      ? `${issue.title} (#${issue.number})`
      : `Merge pull request #${issue.number} from ${pull.headRef}`;
  if (method === 'rebase') pull.rebasedShas = await rebase(git, base, pull, signature);
  const sha =
    pull.rebasedShas?.at(-1) ??
    (await git.writeCommit({
      tree,
      parents: method === 'squash' ? [base] : [base, pull.headSha],
      author: signature,
      committer: signature,
      message:
        `${textOr(body['commit_title'], title)}\n\n${textOr(body['commit_message'], method === 'squash' ? '' : issue.title)}`.trim(),
    }));
  await git.git(['update-ref', `refs/heads/${pull.baseRef}`, sha, base]);
  pull.mergedAt = timestamp(context);
  pull.mergedBy = actor;
  pull.mergeSha = sha;
  setState(context, issue, 'closed');
  await emitPull(context, issue, 'closed', actor);
  await emitPush(context, `refs/heads/${pull.baseRef}`, base, sha, actor);
  return { status: 200, body: { sha, merged: true, message: 'Pull Request successfully merged' } };
};

/** Writes the commits of a pull request anew on top of a base, each with its author and message; gives them, oldest first. */
async function rebase(
  git: Context['git'],
  base: string,
  { headSha }: Pull,
  committer: GitCommit['committer'],
): Promise<readonly string[]> {
  const written: string[] = [];
  for (const { sha, author, message } of await git.log(['--reverse', '--no-merges', `${base}..${headSha}`])) {
    const onto = written.at(-1) ?? base;
    const tree = await git.mergeTree(onto, sha);
    if (tree === undefined) throw new ApiError(405, 'This branch can not be rebased due to conflicts');
    written.push(await git.writeCommit({ tree, parents: [onto], author, committer, message }));
  }
  return written;
}

export const listPullFiles: Handler = async (context, { path }) => {
  const { pull } = findPull(context, path['pull_number']);
  const base = (await context.git.mergeBase(pull.baseSha, pull.headSha)) ?? pull.baseSha;
  const changes = await context.git.changes(base, pull.headSha);
  // GitHub lists at most 3000 files of a pull request.
  return { status: 200, body: changes.slice(0, 3000).map((change) => renderFileChange(context, pull.headSha, change)) };
};

export const listPullCommits: Handler = async (context, { path }) => {
  const { pull } = findPull(context, path['pull_number']);
  const commits = await context.git.log(['--reverse', `${pull.baseSha}..${pull.headSha}`]);
  // ... and at most 250 commits.
  return { status: 200, body: commits.slice(0, 250).map((commit) => renderCommit(context, commit)) };
};

export const listReviews: Handler = (context, { path }) => {
  const { number } = findPull(context, path['pull_number']);
  const found = context.state.reviews.filter((review) => review.number === number);
  return { status: 200, body: found.map((review) => renderReview(context, review)) };
};

const REVIEW_STATES: Readonly<Record<string, Review['state']>> = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
};

export const createReview: Handler = (context, { actor, path, body }) => {
  const issue = findPull(context, path['pull_number']);
  const state = REVIEW_STATES[textOr(body['event'], '')];
  if (state === undefined) throw new ApiError(501, 'The local GitHub has no pending reviews: give an event');
  if (state !== 'COMMENTED' && actor.login === issue.user.login) {
    throw invalid('PullRequestReview', 'event', 'Can not approve or reject your own pull request');
  }
  const review: Review = {
    id: takeId(context.state),
    number: issue.number,
    user: actor,
    body: textOr(body['body'], ''),
    state,
    commit: issue.pull.headSha,
    submittedAt: timestamp(context),
  };
  context.state.reviews.push(review);
  return { status: 200, body: renderReview(context, review) };
};

export const dismissReview: Handler = (context, { path }) => {
  const { number } = findPull(context, path['pull_number']);
  const review = context.state.reviews.find((each) => each.number === number && each.id === path['review_id']);
  if (review === undefined) throw notFound();
  if (review.state === 'COMMENTED' || review.state === 'DISMISSED') {
    throw new ApiError(422, 'Can not dismiss a commented pull request review');
  }
  review.state = 'DISMISSED';
  return { status: 200, body: renderReview(context, review) };
};

export const listPullsOfCommit: Handler = async (context, { path }) => {
  const sha = await context.git.resolve(text(path['commit_sha']));
  if (sha === undefined) throw invalid('Commit', 'sha', `No commit found for SHA: ${String(path['commit_sha'])}`);
  const holds = await Promise.all(
    pullsOf(context).map(async (issue) => {
      const own = await context.git.git(['rev-list', `${issue.pull.baseSha}..${issue.pull.headSha}`]);
      return (
        issue.pull.mergeSha === sha || issue.pull.rebasedShas?.includes(sha) === true || own.split('\n').includes(sha)
      );
    }),
  );
  const found = pullsOf(context).filter((_, index) => holds[index]);
  return { status: 200, body: found.map((issue) => renderPullSimple(context, issue, issue.pull)) };
};

/** The ref of a pull request's head: branches of forks have their own prefix. */
function headGitRef(owner: string, headOwner: string, branch: string): string {
  return headOwner === owner ? `refs/heads/${branch}` : `refs/forks/${headOwner}/heads/${branch}`;
}

/** Updates pull requests after branches moved, and emits their events. */
async function synchronizePulls(context: Context, actor: Actor): Promise<void> {
  for (const issue of pullsOf(context)) {
    if (issue.state !== 'open') continue;
    const { pull } = issue;
    const headOwner = pull.headRepository.split('/')[0] ?? '';
    const head = await context.git.resolve(headGitRef(context.state.owner, headOwner, pull.headRef));
    const base = await context.git.resolve(`refs/heads/${pull.baseRef}`);
    if (base !== undefined) pull.baseSha = base;
    if (head === undefined) {
      // GitHub closes a pull request whose branch is deleted.
      setState(context, issue, 'closed');
      await emitPull(context, issue, 'closed', actor);
    } else if (head !== pull.headSha) {
      pull.headSha = head;
      issue.updatedAt = timestamp(context);
      await refreshPull(context, issue);
      await emitPull(context, issue, 'synchronize', actor);
    } else {
      await refreshPull(context, issue);
    }
  }
}

/** Emits the push event of a branch. */
export async function emitPush(
  context: Context,
  ref: string,
  before: string,
  after: string,
  actor: Actor,
): Promise<void> {
  const head = after === ZERO ? null : await context.git.commit(after);
  context.emit({
    name: 'push',
    actor,
    ref,
    sha: after,
    payload: {
      ref,
      before,
      after,
      created: before === ZERO,
      deleted: after === ZERO,
      forced: false,
      head_commit: head === null ? null : { id: head.sha, message: head.message, timestamp: head.committer.date },
      repository: renderRepository(context),
      sender: renderUser(context, actor),
      pusher: { name: actor.login },
    },
  });
  await synchronizePulls(context, actor);
}

/** The id that Git uses for no commit. */
export const ZERO = '0'.repeat(40);

// refs/pull/N/head and, where there is no conflict, refs/pull/N/merge, which is what pull request workflows check out.
async function refreshPull(context: Context, { number, pull }: PullIssue): Promise<void> {
  const { git } = context;
  await git.git(['update-ref', `refs/pull/${number}/head`, pull.headSha]);
  const tree = await git.mergeTree(pull.baseSha, pull.headSha);
  if (tree === undefined) return;
  const signature = { name: 'GitHub', email: 'noreply@github.com', date: timestamp(context) };
  const sha = await git.writeCommit({
    tree,
    parents: [pull.baseSha, pull.headSha],
    author: signature,
    committer: signature,
    message: `Merge ${pull.headSha} into ${pull.baseSha}`,
  });
  await git.git(['update-ref', `refs/pull/${number}/merge`, sha]);
  pull.mergeSha = sha;
}

async function emitPull(
  context: Context,
  issue: PullIssue,
  action: string,
  actor: Actor,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const { pull } = issue;
  context.emit({
    name: 'pull_request',
    action,
    actor,
    ref: `refs/pull/${issue.number}/merge`,
    sha: pull.mergeSha ?? pull.headSha,
    payload: {
      action,
      ...more,
      number: issue.number,
      pull_request: await renderFull(context, issue),
      repository: renderRepository(context),
      sender: renderUser(context, actor),
      local_github: { fork: isFork(context, pull) },
    },
  });
}

async function renderFull(context: Context, issue: PullIssue) {
  return renderPull(context, issue, issue.pull, await countPull(context, issue));
}

async function countPull(context: Context, issue: PullIssue): Promise<PullCounts> {
  const { state, pull } = issue;
  const base = (await context.git.mergeBase(pull.baseSha, pull.headSha)) ?? pull.baseSha;
  const changes = await context.git.changes(base, pull.headSha);
  const sum = (key: 'additions' | 'deletions'): number => changes.reduce((total, change) => total + change[key], 0);
  return {
    blocked: unmetRules(context.state, issue).length > 0,
    mergeable: state === 'open' ? (await context.git.mergeTree(pull.baseSha, pull.headSha)) !== undefined : null,
    commits: Number((await context.git.git(['rev-list', '--count', `${base}..${pull.headSha}`])).trim()),
    additions: sum('additions'),
    deletions: sum('deletions'),
    changedFiles: changes.length,
  };
}

function findPull(context: Context, number: unknown): PullIssue {
  const issue = findIssue(context, number);
  const { pull } = issue;
  if (pull === undefined) throw notFound();
  return issue as PullIssue;
}
