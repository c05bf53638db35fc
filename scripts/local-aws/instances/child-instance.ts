import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { connectToInstance } from './http-instance.ts';
import { TERMINATION_GRACE_MILLISECONDS, type RunningInstance } from './launcher.ts';

/** A running instance over a child process that serves on a loopback port. `kill` sends a signal to the container. */
export function childInstance(
  child: ChildProcess,
  port: number,
  kill: (signal: 'SIGTERM' | 'SIGKILL') => void,
): RunningInstance {
  const connection = connectToInstance(port);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(`could not be started: ${error.message}`);
    });
    child.once('exit', (code, signal) => {
      resolve(signal === null ? `exited with code ${code ?? 'none'}` : `was ended by ${signal}`);
    });
  }).finally(() => {
    connection.close();
  });
  return {
    address: `http://127.0.0.1:${port}`,
    ended,
    ping: (timeoutMilliseconds) => connection.ping(timeoutMilliseconds),
    invoke: (request) => connection.invoke(request),
    async stop() {
      const abort = new AbortController();
      kill('SIGTERM');
      const grace = delay(TERMINATION_GRACE_MILLISECONDS, 'late' as const, { signal: abort.signal }).catch(
        () => 'ended',
      );
      if ((await Promise.race([ended, grace])) === 'late') kill('SIGKILL');
      await ended;
      abort.abort();
    },
  };
}
