import * as core from '@actions/core';
import { describeError, UserError, type SourceLocation } from '../../domain/errors/user-error.ts';
import type { Reporter } from '../../ports/reporter.ts';

/** What the GitHub Actions runner gives to an action: its inputs, and places for what it has to say. */
export interface Runner {
  /** The trimmed text of an input as `action.yml` names it; empty where it was not given. */
  readonly input: (name: string) => string;
  readonly reporter: Reporter;
  /** Aborted when the runner cancels the job (SIGINT, then SIGTERM 7.5 s later, then a kill after 2.5 s). */
  readonly signal: AbortSignal;
  /** Hides a value in every later line of the log. */
  mask(secret: string): void;
  setOutputs(outputs: Readonly<Record<string, string>>): void;
  /** Adds Markdown to the job summary. */
  addSummary(markdown: string): Promise<void>;
}

/**
 * Runs an action: what it throws becomes one error annotation and exit code 1. The only caller is an action's `main.ts`.
 */
export async function runAction(action: (runner: Runner) => Promise<void>): Promise<void> {
  const cancellation = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => cancellation.abort(new Error(`the runner sent ${signal}`)));
  }
  try {
    await action({
      input: (name) => core.getInput(name),
      reporter: coreReporter,
      signal: cancellation.signal,
      mask: core.setSecret,
      setOutputs: (outputs) => {
        for (const [name, value] of Object.entries(outputs)) core.setOutput(name, value);
      },
      addSummary: async (markdown) => {
        // Outside a runner there is no summary file, and nothing to write to.
        if (process.env['GITHUB_STEP_SUMMARY'] !== undefined) await core.summary.addRaw(markdown, true).write();
      },
    });
  } catch (error) {
    coreReporter.error(describeError(error), error instanceof UserError ? error.parts.location : undefined);
    process.exitCode = 1;
  }
}

const coreReporter: Reporter = {
  info: (message) => core.info(message),
  debug: (message) => core.debug(message),
  warning: (message, location) => core.warning(message, annotation(location)),
  error: (message, location) => core.error(message, annotation(location)),
};

function annotation(location: SourceLocation | undefined): core.AnnotationProperties {
  if (location === undefined) return {};
  return location.line === undefined
    ? { file: location.file }
    : { file: location.file, startLine: location.line, endLine: location.line };
}
