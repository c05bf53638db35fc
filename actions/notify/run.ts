import { retrying } from '../lib/domain/errors/retry.ts';
import { parseDestination, signedHeaders } from '../lib/domain/notification/destination.ts';
import { deliveryId, renderMessage, type NotificationOrigin } from '../lib/domain/notification/message.ts';
import type { Clock } from '../lib/ports/clock.ts';
import type { Webhook, WebhookAnswer } from '../lib/ports/webhook.ts';
import type { NotifyInputs } from './inputs.ts';

/** The ports of the use case. */
export interface NotifyPorts {
  readonly webhook: Webhook;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** The service of an environment, as far as its file says it. */
  readonly serviceOf: (environment: string) => Promise<string>;
  readonly origin: () => NotificationOrigin;
}

/** What became of a message. */
export type NotifyResult =
  | { readonly outcome: 'off' }
  | { readonly outcome: 'sent'; readonly delivery: string }
  | { readonly outcome: 'undelivered'; readonly delivery: string; readonly reason: string };

const FIRST_WAIT_MILLISECONDS = 1000;

/**
 * Sends a message, and sends it again where it may have been lost.
 *
 * @throws UserError when the destination is not usable.
 */
export async function runNotify(
  inputs: Omit<NotifyInputs, 'timeout-seconds' | 'working-directory'>,
  { webhook, clock, serviceOf, origin }: NotifyPorts,
): Promise<NotifyResult> {
  if (inputs.url === '') return { outcome: 'off' };
  const { url, key } = parseDestination(inputs.url, inputs.secret);
  const { environment, task, outcome, attempts } = inputs;
  const notification = {
    ...{ environment, task, outcome },
    service: await serviceOf(environment),
    release: inputs.release ?? null,
    serving: inputs['serving-release'] ?? null,
    detail: inputs.detail ?? null,
    issue: inputs.issue ?? null,
  };
  const from = origin();
  const body = renderMessage(notification, from);
  const delivery = deliveryId(notification, from);
  const send = async (): Promise<void> => {
    const answer = await webhook.post(url, signedHeaders(delivery, clock.now(), body, key), body);
    if (!isReceived(answer)) throw new UndeliveredError(answer);
  };
  const policy = {
    attempts,
    firstWaitMilliseconds: FIRST_WAIT_MILLISECONDS,
    sleep: async (milliseconds: number) => await clock.sleep(milliseconds),
    isTransient: (error: unknown) => error instanceof UndeliveredError && mayBeLost(error.answer),
  };
  try {
    await retrying(policy, send);
    return { outcome: 'sent', delivery };
  } catch (error) {
    if (!(error instanceof UndeliveredError)) throw error;
    return { outcome: 'undelivered', delivery, reason: error.message };
  }
}

/** Thrown when a receiver did not take a message. */
class UndeliveredError extends Error {
  readonly answer: WebhookAnswer;

  constructor(answer: WebhookAnswer) {
    super(answer.kind === 'answered' ? `the receiver answered ${String(answer.status)}` : answer.reason);
    this.name = 'UndeliveredError';
    this.answer = answer;
  }
}

function isReceived(answer: WebhookAnswer): boolean {
  return answer.kind === 'answered' && answer.status >= 200 && answer.status < 300;
}

/** Whether another try may succeed: a receiver that refuses the message refuses it again. */
function mayBeLost(answer: WebhookAnswer): boolean {
  return answer.kind === 'unanswered' || answer.status >= 500 || answer.status === 429 || answer.status === 408;
}
