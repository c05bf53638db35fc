// GitHub waits five minutes for a cancelled job:
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation
const FORCED_AFTER_MINUTES = 5;

/** A signal that aborts five minutes after another one, or at once when the runner closes. */
export function forceAfter(
  signal: AbortSignal,
  { minuteMilliseconds, closing }: { readonly minuteMilliseconds: number; readonly closing: AbortSignal },
): AbortSignal {
  const forced = new AbortController();
  const start = (): void => {
    const end = (): void => forced.abort(new Error('the job did not end within five minutes of its cancellation'));
    setTimeout(end, FORCED_AFTER_MINUTES * minuteMilliseconds).unref();
  };
  if (signal.aborted) start();
  else signal.addEventListener('abort', start, { once: true });
  return AbortSignal.any([forced.signal, closing]);
}
