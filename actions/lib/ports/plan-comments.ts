/** A comment on a pull request. */
export interface PullRequestComment {
  readonly id: number;
  /** The id that the GraphQL API knows it by. */
  readonly nodeId: string;
  /** Login of its author, such as `github-actions[bot]`; empty where the account is gone. */
  readonly author: string;
  readonly body: string;
  readonly url: string;
}

/** A pull request as it is now. */
interface PullRequestState {
  readonly number: number;
  readonly headSha: string;
  readonly description: string;
}

/** A creation whose answer was lost: the comment may be there or not. */
export class UncertainCreation extends Error {
  constructor(cause: unknown) {
    super('the answer to the creation of a comment was lost', { cause });
    this.name = 'UncertainCreation';
  }
}

/** Comments on pull requests. What can be tried again without harm is tried again by the adapter. */
export interface PlanComments {
  pullRequest(number: number): Promise<PullRequestState>;
  openPullRequests(baseBranch: string): Promise<readonly PullRequestState[]>;
  list(pullRequest: number): Promise<readonly PullRequestComment[]>;
  /** @throws UncertainCreation when it may have been created. */
  create(pullRequest: number, body: string): Promise<PullRequestComment>;
  update(id: number, body: string): Promise<PullRequestComment>;
  /** Deletes a comment; one that is gone already is no error. */
  remove(id: number): Promise<void>;
  /** Hides a comment as outdated, behind a line that says so. */
  minimise(nodeId: string): Promise<void>;
  /** Shows a hidden comment again. */
  unminimise(nodeId: string): Promise<void>;
}
