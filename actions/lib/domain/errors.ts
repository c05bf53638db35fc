/** What a {@link UserError} tells the person who has to act on it. */
export interface UserErrorParts {
  /** What was attempted and didn't work, as a sentence without its full stop. */
  readonly what: string;
  /** The named thing it is about: a file, a path inside it, a resource. */
  readonly where?: string | undefined;
  readonly expected?: string | undefined;
  readonly found?: string | undefined;
  /** What to do next, as an imperative sentence. */
  readonly remedy: string;
  /** Where an annotation on the pull request belongs. */
  readonly location?: SourceLocation | undefined;
  readonly cause?: unknown;
}

/** A place in a file of the repository; `line` counts from 1. */
export interface SourceLocation {
  readonly file: string;
  readonly line?: number | undefined;
}

/** An error that a user can act on: it names the thing, what was expected, what was found and the remedy. */
export class UserError extends Error {
  readonly parts: UserErrorParts;

  constructor(parts: UserErrorParts) {
    super(renderUserError(parts), parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = 'UserError';
    this.parts = parts;
  }
}

/** One message of several lines: what, where, expected, found, remedy. */
export function renderUserError(parts: UserErrorParts): string {
  const lines = [`${parts.what}.`];
  if (parts.where !== undefined) lines.push(`  where:    ${parts.where}`);
  if (parts.expected !== undefined) lines.push(`  expected: ${parts.expected}`);
  if (parts.found !== undefined) lines.push(`  found:    ${parts.found}`);
  lines.push(`  remedy:   ${parts.remedy}`);
  return lines.join('\n');
}

/** The text of anything that was thrown, with the chain of its causes. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = error instanceof UserError ? error.message : `${error.name}: ${error.message}`;
  return error.cause === undefined ? text : `${text}\n  cause:    ${describeError(error.cause)}`;
}
