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
}

/** Comments on pull requests. Methods throw UserError. */
export interface PlanComments {
  pullRequest(number: number): Promise<PullRequestState>;
  openPullRequests(baseBranch: string): Promise<readonly PullRequestState[]>;
  /** The paths that a pull request changes, with the older ones of renamed files; undefined where GitHub does not list them all. */
  changedFiles(pullRequest: number): Promise<readonly string[] | undefined>;
  list(pullRequest: number): Promise<readonly PullRequestComment[]>;
  /** Creates a comment, once also where GitHub's answer is lost. */
  create(pullRequest: number, body: string): Promise<PullRequestComment>;
  update(id: number, body: string): Promise<PullRequestComment>;
  /** Deletes a comment; one that is gone already is no error. */
  remove(id: number): Promise<void>;
  /** Hides a comment as outdated, behind a line that says so. */
  minimise(nodeId: string): Promise<void>;
  /** Shows a hidden comment again. */
  unminimise(nodeId: string): Promise<void>;
}
