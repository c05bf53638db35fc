/** A program to run: an argument vector, never a shell line. */
export interface ProcessSpec {
  readonly command: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The whole environment; that of this process where it is left out. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
  /** When aborted, the program gets SIGINT and is waited for, so that it can release what it holds. */
  readonly signal?: AbortSignal | undefined;
  /** In a process group of its own: a terminal's Ctrl+C does not reach it, only `signal` does. */
  readonly detached?: boolean | undefined;
  readonly stdin?: string | Uint8Array | undefined;
  readonly onStdoutLine?: ((line: string) => void) | undefined;
  readonly onStderrLine?: ((line: string) => void) | undefined;
}

/** How a program ended; a caller has to look at the exit code. */
export interface ProcessResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end.
 *
 * @throws UserError when it can't be started.
 */
export type Process = (spec: ProcessSpec) => Promise<ProcessResult>;
