import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { z } from 'zod';
import { ROOT } from '../build.ts';

/** A message that came. */
interface ReceivedMessage {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** What people read. */
  readonly text: string;
}

/** What the receiver does with a message: answers with a status after a while, or never. */
export type Answer = { readonly status: number; readonly afterMilliseconds?: number } | { readonly status: null };

/** A receiver of webhooks on this machine. */
export interface WebhookReceiver {
  readonly url: string;
  /** The key that messages to it are signed with. */
  readonly secret: string;
  readonly received: readonly ReceivedMessage[];
  /** Sets how the next messages are answered, one after the other; the last answer counts on. */
  answer(...answers: readonly Answer[]): void;
  /** The messages since the last call. */
  take(): readonly ReceivedMessage[];
  /** Called with each message before it is answered. */
  onMessage(listener: (message: ReceivedMessage) => void): void;
  close(): Promise<void>;
}

/** Starts a receiver that answers 200. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: ReceivedMessage[] = [];
  let taken = 0;
  let answers: readonly Answer[] = [{ status: 200 }];
  let listener: (message: ReceivedMessage) => void = () => undefined;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const message = {
        at: Date.now(),
        headers: request.headers,
        body,
        text: messageSchema.parse(JSON.parse(body)).text,
      };
      received.push(message);
      listener(message);
      const [next, ...others] = answers;
      if (others.length > 0) answers = others;
      if (next === undefined || next.status === null) return;
      const { status, afterMilliseconds = 0 } = next;
      setTimeout(() => response.writeHead(status, { location: '/elsewhere' }).end('ok'), afterMilliseconds);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}/services/${randomBytes(12).toString('hex')}`,
    secret: `whsec_${randomBytes(24).toString('base64')}`,
    received,
    take: () => {
      const news = received.slice(taken);
      taken = received.length;
      return news;
    },
    answer: (...next) => {
      answers = next;
    },
    onMessage: (next) => {
      listener = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const messageSchema = z.object({ text: z.string() });

/** Whether a message is signed with the key, and not old: by the program that the documentation gives to receivers. */
type IsGenuine = (headers: IncomingHttpHeaders, body: string, secret: string) => boolean;

/** The check of a signature, from the README of the action. */
export async function readSignatureCheck(): Promise<IsGenuine> {
  const text = await readFile(path.join(ROOT, 'actions/notify/README.md'), 'utf8');
  const [, source = ''] = /^```js\n([^]*?)^```$/m.exec(text) ?? [];
  const module: unknown = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  return z.object({ isGenuine: z.custom<IsGenuine>((value) => typeof value === 'function') }).parse(module).isGenuine;
}
