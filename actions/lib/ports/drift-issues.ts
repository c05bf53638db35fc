/** The open issue of an environment. */
export interface DriftIssue {
  readonly number: number;
  readonly body: string;
  readonly url: string;
}

/** Issues that say what has drifted, one open at most for each environment. Methods throw UserError. */
export interface DriftIssues {
  /** The open issue that holds a marker, made by whoever holds our token. */
  find(marker: string): Promise<DriftIssue | undefined>;
  create(title: string, body: string): Promise<DriftIssue>;
  update(number: number, body: string): Promise<void>;
  close(number: number, comment: string): Promise<void>;
}
