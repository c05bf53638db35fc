import { describeError, UserError } from '../../domain/errors/user-error.ts';
import {
  failureOf,
  renderRefusalOutputs,
  renderRefusalSummary,
  renderSwapOutputs,
  renderSwapSummary,
} from '../../domain/swap/report.ts';
import { HeldError, type SwapResult } from '../../domain/swap/result.ts';
import type { Runner } from './runner.ts';

/**
 * Runs a swap and tells the runner how it ended: outputs, summary and exit code come from the one result.
 *
 * @throws UserError unless the release is promoted.
 */
export async function concludeSwap(
  runner: Pick<Runner, 'setOutputs' | 'addSummary'>,
  title: string,
  swap: () => Promise<SwapResult>,
): Promise<void> {
  let result: SwapResult;
  try {
    result = await swap();
  } catch (error) {
    const outcome = error instanceof HeldError ? 'held' : 'refused';
    runner.setOutputs(renderRefusalOutputs(outcome, causeOf(error)));
    await runner.addSummary(renderRefusalSummary(title, outcome, describeError(error)));
    throw error;
  }
  runner.setOutputs(renderSwapOutputs(result));
  await runner.addSummary(renderSwapSummary(result));
  const failure = failureOf(result);
  if (failure !== null) throw new UserError(failure);
}

function causeOf(error: unknown): string {
  if (!(error instanceof UserError)) return describeError(error);
  const { what, found } = error.parts;
  return error instanceof HeldError ? (found ?? what) : what;
}
