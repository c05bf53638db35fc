import type { Environment } from '../lib/domain/environment.ts';
import { abortUpdate, type AbortPorts, type AbortResult } from '../lib/operations/abort-update.ts';

/**
 * Aborts the update in flight of an environment's endpoint, if there is one.
 *
 * @throws UserError when it cannot be aborted, or went through all the same.
 */
export async function runAbortSwap(environment: Environment, ports: AbortPorts): Promise<AbortResult> {
  return await abortUpdate(environment, ports);
}

/** The outputs of the action. */
export function renderOutputs({ aborted, serving }: AbortResult): Readonly<Record<string, string>> {
  return { aborted: aborted ?? '', serving: serving ?? '' };
}

/** The job summary, as Markdown. */
export function renderSummary(environment: string, { aborted, serving }: AbortResult): string {
  const what =
    aborted === null
      ? 'No update was in flight: nothing was done.'
      : `The update to \`${aborted}\` was aborted; \`${serving ?? 'nothing'}\` serves.`;
  return `## Abort of the swap in ${environment}\n\n${what}\n`;
}
