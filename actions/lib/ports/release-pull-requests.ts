/** The commit that pull requests are made against, and a file in it. */
interface BaseFile {
  readonly commit: string;
  readonly text: string;
}

/** A pull request of ours that is open. */
export interface OpenPullRequest {
  readonly number: number;
  readonly branch: string;
  readonly title: string;
  readonly body: string;
  readonly url: string;
  /** Whether the token of a job opened it: then its workflow runs wait until somebody approves them. */
  readonly isByActions: boolean;
}

/** A change of one file, to be proposed. */
interface ProposedChange {
  readonly branch: string;
  /** The commit that it is made on. */
  readonly baseCommit: string;
  readonly path: string;
  readonly text: string;
  readonly message: string;
}

/** Pull requests that change one file of the repository, by GitHub's API. Methods throw UserError. */
export interface ReleasePullRequests {
  /** A file at the tip of the base branch. */
  readBase(path: string): Promise<BaseFile>;
  /** The open pull requests from our own branches that start with a prefix, made by whoever holds our token. */
  listOpen(branchPrefix: string): Promise<readonly OpenPullRequest[]>;
  /** Puts a branch on one commit with the change, whatever it held before. */
  writeBranch(change: ProposedChange): Promise<void>;
  create(branch: string, title: string, body: string): Promise<OpenPullRequest>;
  update(number: number, title: string, body: string): Promise<void>;
  /** Says why in a comment, closes the pull request and deletes its branch. */
  close(pull: OpenPullRequest, reason: string): Promise<void>;
  /** Whether a commit comes after another one. */
  isAfter(later: string, earlier: string): Promise<boolean>;
}
