import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A running moto server. */
export interface Moto {
  readonly url: string;
  /** What points an AWS client at it. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/**
 * Starts a moto server of its own on an ephemeral port; its account is 123456789012.
 *
 * @throws Error when it ends before it listens.
 */
export async function startMoto(region = 'eu-central-1'): Promise<Moto> {
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const lines: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    child.once('error', (cause) => reject(new Error('moto_server could not be started', { cause })));
    child.once('close', (code) =>
      reject(new Error(`moto_server ended with exit code ${String(code)} before it listened:\n${lines.join('\n')}`)),
    );
    createInterface({ input: child.stderr }).on('line', (line) => {
      lines.push(line);
      const listening = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1];
      if (listening !== undefined) resolve(listening);
    });
  });
  return {
    url,
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    close: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
