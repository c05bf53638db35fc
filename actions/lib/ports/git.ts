/** The history of the repository that an action runs in. */
export interface Git {
  /** The full SHA of a revision such as `HEAD`, or undefined where it doesn't exist here. */
  commitOf(revision: string): Promise<string | undefined>;
  /** The newest common ancestor, or undefined where there is none in the history that was fetched. */
  mergeBase(one: string, other: string): Promise<string | undefined>;
  /** Every path that differs between two commits; a renamed file with both its names. */
  changedFiles(from: string, to: string): Promise<readonly string[]>;
  /** The newest commits of a branch's own line, newest first: from `head` back to `since`, which is not among them. */
  firstParents(head: string, since: string | undefined, most: number): Promise<readonly string[]>;
  /** A file's text as a commit has it, or undefined where it has none. */
  readFile(commit: string, path: string): Promise<string | undefined>;
  /** Every text that a file has had on the way to a commit, the newest first. */
  fileVersions(commit: string, path: string): Promise<readonly string[]>;
  /** Every path below a folder that a commit has, with the names of links; empty where it has no such folder. */
  filesBelow(commit: string, folder: string): Promise<readonly TrackedFile[]>;
}

/** A path in a commit. */
interface TrackedFile {
  readonly path: string;
  readonly kind: 'file' | 'link' | 'other';
}
