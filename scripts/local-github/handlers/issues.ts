import { ApiError, invalid, notFound } from '../core/api-error.ts';
import { integer, takeId, text, textOr, timestamp, type Context, type Handler } from '../core/context.ts';
import { renderComment, renderIssue } from '../render/issue.ts';
import { renderRepository, renderUser } from '../render/repository.ts';
import type { Comment, Issue } from '../core/state.ts';

// https://docs.github.com/en/rest/issues/comments: the body is at most 65,536 characters.
const LONGEST_BODY = 65_536;

export const listIssues: Handler = (context, { query }) => {
  const labels = textOr(query['labels'], '').split(',').filter(Boolean);
  const creator = query['creator'];
  for (const name of ['milestone', 'assignee', 'mentioned', 'since', 'type', 'sort']) refuseQuery(query, name);
  const state = textOr(query['state'], 'open');
  const found = context.state.issues
    .filter((issue) => state === 'all' || issue.state === state)
    .filter((issue) => labels.every((label) => issue.labels.includes(label)))
    .filter((issue) => creator === undefined || issue.user.login === creator);
  const ordered = query['direction'] === 'asc' ? found : found.toReversed();
  return { status: 200, body: ordered.map((issue) => renderIssue(context, issue)) };
};

export const createIssue: Handler = (context, { actor, body }) => {
  const now = timestamp(context);
  const issue: Issue = {
    id: takeId(context.state),
    number: takeNumber(context),
    title: titleOf(body['title']),
    body: checkedBody('Issue', textOr(body['body'], null)),
    state: 'open',
    stateReason: null,
    labels: labelNames(body['labels']),
    user: actor,
    createdAt: now,
    updatedAt: now,
    closedAt: null,
  };
  context.state.issues.push(issue);
  return { status: 201, body: renderIssue(context, issue) };
};

export const getIssue: Handler = (context, { path }) => ({
  status: 200,
  body: renderIssue(context, findIssue(context, path['issue_number'])),
});

export const updateIssue: Handler = (context, { path, body }) => {
  const issue = findIssue(context, path['issue_number']);
  if (body['title'] !== undefined) issue.title = titleOf(body['title']);
  if (body['body'] !== undefined) issue.body = checkedBody('Issue', textOr(body['body'], null));
  if (body['labels'] !== undefined) issue.labels = labelNames(body['labels']);
  if (body['state'] === 'open' || body['state'] === 'closed')
    setState(context, issue, body['state'], body['state_reason']);
  issue.updatedAt = timestamp(context);
  return { status: 200, body: renderIssue(context, issue) };
};

export const addLabels: Handler = (context, { path, body }) => {
  const issue = findIssue(context, path['issue_number']);
  issue.labels = [...new Set([...issue.labels, ...labelNames(body['labels'])])];
  return { status: 200, body: renderIssue(context, issue).labels };
};

export const listComments: Handler = (context, { path }) => {
  const { number } = findIssue(context, path['issue_number']);
  const found = context.state.comments.filter((comment) => comment.number === number);
  return { status: 200, body: found.map((comment) => renderComment(context, comment)) };
};

export const createComment: Handler = async (context, { actor, path, body }) => {
  const issue = findIssue(context, path['issue_number']);
  const now = timestamp(context);
  const comment: Comment = {
    id: takeId(context.state),
    number: issue.number,
    body: checkedBody('IssueComment', text(body['body'])),
    user: actor,
    createdAt: now,
    updatedAt: now,
  };
  context.state.comments.push(comment);
  const rendered = renderComment(context, comment);
  const branch = context.state.defaultBranch;
  context.emit({
    name: 'issue_comment',
    action: 'created',
    actor,
    ref: `refs/heads/${branch}`,
    sha: (await context.git.resolve(branch)) ?? '0'.repeat(40),
    payload: {
      comment: rendered,
      issue: renderIssue(context, issue),
      repository: renderRepository(context),
      sender: renderUser(context, actor),
    },
  });
  return { status: 201, body: rendered };
};

export const getComment: Handler = (context, { path }) => ({
  status: 200,
  body: renderComment(context, findComment(context, path['comment_id'])),
});

export const updateComment: Handler = (context, { path, body }) => {
  const comment = findComment(context, path['comment_id']);
  comment.body = checkedBody('IssueComment', text(body['body']));
  comment.updatedAt = timestamp(context);
  return { status: 200, body: renderComment(context, comment) };
};

export const deleteComment: Handler = (context, { path }) => {
  const comment = findComment(context, path['comment_id']);
  context.state.comments.splice(context.state.comments.indexOf(comment), 1);
  return { status: 204 };
};

/** The next number of an issue or pull request. */
export function takeNumber({ state }: Context): number {
  const number = state.nextNumber;
  state.nextNumber += 1;
  return number;
}

/** Opens or closes an issue or pull request. */
export function setState(context: Context, issue: Issue, state: 'open' | 'closed', reason?: unknown): void {
  if (issue.state === state) return;
  issue.state = state;
  issue.closedAt = state === 'closed' ? timestamp(context) : null;
  issue.stateReason =
    issue.pull !== undefined
      ? null
      : state === 'open'
        ? 'reopened'
        : reason === 'not_planned' || reason === 'duplicate'
          ? reason
          : 'completed';
}

/** @throws ApiError when the body exceeds GitHub's limit. */
export function checkedBody<Body extends string | null>(resource: string, body: Body): Body {
  if (body !== null && body.length > LONGEST_BODY) {
    throw invalid(resource, 'body', `body is too long (maximum is ${LONGEST_BODY} characters)`);
  }
  return body;
}

/** @throws ApiError 404. */
export function findIssue(context: Context, number: unknown): Issue {
  const wanted = integer(number);
  const found = context.state.issues.find((issue) => issue.number === wanted);
  if (found === undefined) throw notFound();
  return found;
}

function findComment(context: Context, id: unknown): Comment {
  const wanted = integer(id);
  const found = context.state.comments.find((comment) => comment.id === wanted);
  if (found === undefined) throw notFound();
  return found;
}

// The description allows numbers as titles.
function titleOf(title: unknown): string {
  return typeof title === 'number' ? String(title) : text(title);
}

function labelNames(labels: unknown): string[] {
  if (!Array.isArray(labels)) return [];
  return labels.map((label: unknown) =>
    typeof label === 'object' && label !== null && 'name' in label ? String(label.name) : String(label),
  );
}

function refuseQuery(query: Readonly<Record<string, unknown>>, name: string): void {
  if (query[name] !== undefined && !(name === 'sort' && query[name] === 'created')) {
    throw new ApiError(501, `The local GitHub does not filter or sort issues by ${name}`);
  }
}
