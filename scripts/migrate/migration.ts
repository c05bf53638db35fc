/** What a step of a migration did, each change as one line. */
export interface Migration {
  readonly changed: readonly string[];
  /** What it found and can't decide, each as one line for a person. */
  readonly left: readonly string[];
}
