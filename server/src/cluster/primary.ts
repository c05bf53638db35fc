import { fork, type ChildProcess } from 'node:child_process';
import type { Configuration } from '../settings/configuration.ts';
import { createAcceptor, portGraceMilliseconds } from '../http/acceptor.ts';
import type { Logger } from '../telemetry/logging.ts';
import { createDistributor } from './distributor.ts';
import { createMetricsCollection } from './metrics-collection.ts';
import { serverProcessVariable, type FromPrimary, type ToPrimary } from './primary-channel.ts';

// Several server processes share one port: the primary accepts connections and distributes them. Each process has its own
// copy of the model. This is faster if HTTP is the bottleneck, that is for models that run inline. node:cluster does the
// same, but keeps connections open that a process had not taken when it ended.

/** The replacement of a process that ends sooner than this after its start is delayed. */
const shortLifeMilliseconds = 5000;

export interface PrimaryOptions {
  readonly configuration: Pick<Configuration, 'processes' | 'port' | 'host'>;
  readonly processors: number;
  readonly logger: Logger;
  /** Called with the port, once a process is ready. */
  readonly onListening: (port: number) => void;
  readonly now: () => number;
}

/** Runs the primary: starts server processes, replaces those that end, and returns the exit code after SIGTERM. */
export async function runPrimary({ configuration, ...options }: PrimaryOptions): Promise<number> {
  const { processors, logger, onListening, now } = options;
  const { processes, port, host } = configuration;
  const children = new Set<ChildProcess>();
  const send = (child: ChildProcess, message: FromPrimary): void => {
    // A process that has just ended has no channel; its exit follows.
    if (child.connected) child.send(message, () => undefined);
  };
  const distributor = createDistributor<ChildProcess>();
  const acceptor = createAcceptor(distributor.distribute, now);
  const metrics = createMetricsCollection<ChildProcess>(
    (child, id) => send(child, { kind: 'report', id }),
    (child, id, snapshots) => send(child, { kind: 'collected', id, snapshots }),
  );
  let isStopping = false;
  let isStarted = false;
  let exitCode = 0;

  return await new Promise<number>((resolve, reject) => {
    const start = (): void => {
      const child = fork(process.argv[1] ?? '', process.argv.slice(2), {
        env: { ...process.env, [serverProcessVariable]: '1' },
      });
      const startedAt = now();
      children.add(child);
      child.on('message', (message: ToPrimary) => receive(child, message));
      // Its exit is what counts.
      child.on('error', () => undefined);
      child.on('exit', (code, signal) => ended(child, startedAt, code, signal));
    };

    const receive = (child: ChildProcess, message: ToPrimary): void => {
      switch (message.kind) {
        case 'ready':
          distributor.add(child, (connection, socket) => {
            const passed: FromPrimary = { kind: 'connection', connection };
            if (child.connected) child.send(passed, socket, { keepOpen: true }, () => undefined);
          });
          if (!isStarted) listen(message.isInline);
          return;
        case 'taken':
          distributor.taken(child, message.connection);
          return;
        case 'collect':
          metrics.begin(child, message.id, [...children]);
          return;
        case 'snapshot':
          metrics.receive(message.id, message.snapshot);
      }
    };

    const listen = (isInline: boolean): void => {
      isStarted = true;
      if (isStopping) return;
      acceptor.listen(port, host).then(onListening, reject);
      const wanted = processes === 'auto' ? (isInline ? processors : 1) : processes;
      for (let count = 1; count < wanted; count++) start();
    };

    const ended = (child: ChildProcess, startedAt: number, code: number | null, signal: string | null): void => {
      children.delete(child);
      distributor.remove(child);
      if (isStopping || !isStarted) {
        // A process that was loading its model ends by the signal; it has no connection.
        const wasOnlyStarting = isStopping && signal === 'SIGTERM';
        if (code !== 0 && !wasOnlyStarting) exitCode = 1;
        if (children.size === 0) resolve(exitCode);
        return;
      }
      const lifeMilliseconds = now() - startedAt;
      logger('error', 'a server process ended and is replaced', { pid: child.pid, code, signal });
      if (lifeMilliseconds > shortLifeMilliseconds) start();
      else setTimeout(() => isStopping || start(), shortLifeMilliseconds - lifeMilliseconds);
    };

    const stop = (): void => {
      if (isStopping) return;
      isStopping = true;
      for (const child of children) child.kill('SIGTERM');
      if (children.size === 0) resolve(exitCode);
      acceptor.close(portGraceMilliseconds).then(() => {
        for (const child of children) send(child, { kind: 'port-closed' });
      }, reject);
    };
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
    start();
  });
}
