import { InterruptedError } from '../command-line.ts';

/**
 * A signal that aborts when SIGINT, SIGTERM or SIGHUP asks the process to end. Its reason is an {@link InterruptedError}.
 *
 * @param say gets one line when that happens
 */
export function abortOnSignals(say: (line: string) => void): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // The listener stays: another Ctrl+C would end node while Terraform saves its state.
    process.on(name, () => {
      if (controller.signal.aborted) return;
      controller.abort(new InterruptedError(name));
      // A terminal that was closed refuses writes.
      for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
      say(`${name}: the run ends when Terraform and the call under way have ended.`);
    });
  }
  return controller.signal;
}
