// After a cancellation GitHub waits five minutes for what still runs.
const PATIENCE_MINUTES = 5;

/** A signal that is aborted some time after another one, or at once when the runner closes. */
export function forceAfter(
  signal: AbortSignal,
  { minuteMilliseconds, closing }: { readonly minuteMilliseconds: number; readonly closing: AbortSignal },
): AbortSignal {
  const forced = new AbortController();
  const start = (): void => {
    const end = (): void => forced.abort(new Error('cancelled, and the time for it to end is over'));
    setTimeout(end, PATIENCE_MINUTES * minuteMilliseconds).unref();
  };
  if (signal.aborted) start();
  else signal.addEventListener('abort', start, { once: true });
  return AbortSignal.any([forced.signal, closing]);
}
