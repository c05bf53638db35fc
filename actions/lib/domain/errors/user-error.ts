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
  /** Every problem of the thing, this one included, where there are several. */
  readonly problems?: readonly UserErrorParts[] | undefined;
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

/** What was expected of a name, where some are known and where none is. */
export function oneOf(known: readonly string[], orElse: string): string {
  return known.length === 0 ? orElse : `one of ${known.join(', ')}`;
}

/** The text of anything that was thrown, with the chain of its causes. */
export function describeError(error: unknown): string {
  const system = reasonOfSystemError(error);
  if (system !== undefined) return system;
  if (!(error instanceof Error)) return String(error);
  const text = error instanceof UserError ? error.message : `${error.name}: ${error.message}`;
  return error.cause === undefined ? text : `${text}\n  cause:    ${describeError(error.cause)}`;
}

/** What the operating system's error codes say. */
const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a file where a folder was expected',
  EISDIR: 'a folder where a file was expected',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'a file system that is read-only',
  ENOSPC: 'no space left on the device',
  EADDRINUSE: 'an address that is in use',
  ECONNREFUSED: 'a connection that was refused',
};

/** The reason of a failed system call, with the path or address it is about; undefined for any other error. */
export function reasonOfSystemError(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const reason = SYSTEM_REASONS[error.code];
  const about = 'path' in error ? error.path : 'port' in error ? `port ${String(error.port)}` : undefined;
  return reason === undefined || typeof about !== 'string' ? reason : `${reason}: ${about}`;
}
