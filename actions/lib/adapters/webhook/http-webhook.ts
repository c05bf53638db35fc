import type { Webhook } from '../../ports/webhook.ts';

/** A webhook over HTTP. */
export function createHttpWebhook(timeoutMilliseconds: number): Webhook {
  return {
    post: async (url, headers, body) => {
      try {
        const answer = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body,
          // What is signed for one address is not handed to another.
          redirect: 'manual',
          signal: AbortSignal.timeout(timeoutMilliseconds),
        });
        // What it says is not read: a receiver could go on forever.
        await answer.body?.cancel();
        return { kind: 'answered', status: answer.status };
      } catch (error) {
        return { kind: 'unanswered', reason: reasonOf(error, timeoutMilliseconds) };
      }
    },
  };
}

// The texts of fetch's errors may have the address in them.
function reasonOf(error: unknown, timeoutMilliseconds: number): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `no answer within ${String(timeoutMilliseconds / 1000)} s`;
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
  return `no connection${typeof code === 'string' ? `: ${code}` : ''}`;
}
