import { renderUserError } from '../lib/domain/errors/user-error.ts';
import type { NotifyInputs } from './inputs.ts';
import type { NotifyResult } from './run.ts';

/** The outputs of `action.yml`. */
export function renderOutputs(result: NotifyResult): Readonly<Record<string, string>> {
  return { outcome: result.outcome, delivery: result.outcome === 'off' ? '' : result.delivery };
}

/** The warning about a message that was not delivered, or undefined. */
export function warningOf(
  { environment, outcome }: Pick<NotifyInputs, 'environment' | 'outcome'>,
  result: NotifyResult,
): string | undefined {
  if (result.outcome !== 'undelivered') return undefined;
  return renderUserError({
    what: `The notification about ${environment} (${outcome}) was not delivered`,
    where: 'the secret NOTIFY_URL',
    expected: 'a receiver that answers with 2xx',
    found: result.reason,
    remedy: 'Look at the receiver. Nothing else depends on it: the environment is as the jobs before left it.',
  });
}
