import { createHmac } from 'node:crypto';
import { UserError } from '../errors/user-error.ts';

/** Where notifications go, and the key that they are signed with. */
export interface Destination {
  readonly url: URL;
  readonly key: Buffer;
}

// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
const KEY_PREFIX = 'whsec_';
const LEAST_KEY_BYTES = 24;

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The destination that the secrets NOTIFY_URL and NOTIFY_SECRET name. No error quotes them.
 *
 * @throws UserError when one is not usable.
 */
export function parseDestination(url: string, secret: string): Destination {
  return { url: parseUrl(url), key: parseKey(secret) };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:') return url;
  if (url?.protocol === 'http:' && LOOPBACK.includes(url.hostname)) return url;
  throw new UserError({
    what: 'The URL that notifications go to is not usable',
    where: 'the secret NOTIFY_URL',
    expected: 'a URL that begins with https://',
    found: url === undefined ? 'a text that is no URL' : `a URL that begins with ${url.protocol}//`,
    remedy: 'Set the secret anew: `gh secret set NOTIFY_URL`.',
  });
}

function parseKey(text: string): Buffer {
  const encoded = text.startsWith(KEY_PREFIX) ? text.slice(KEY_PREFIX.length) : '';
  const key = Buffer.from(encoded, 'base64');
  // Node skips what is not base64.
  const isWhole = key.toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '');
  if (isWhole && key.length >= LEAST_KEY_BYTES) return key;
  throw new UserError({
    what: 'The key that notifications are signed with is not usable',
    where: 'the secret NOTIFY_SECRET',
    expected: `${KEY_PREFIX} and at least ${String(LEAST_KEY_BYTES)} random bytes in base64`,
    found: text === '' ? 'nothing' : 'another text',
    remedy: `Set the secret anew: \`echo "${KEY_PREFIX}$(openssl rand -base64 32)" | gh secret set NOTIFY_SECRET\`, and give it to the receiver.`,
  });
}

/**
 * The headers of Standard Webhooks: an id to recognise a message by that came before, the time, and the signature over both and
 * the body, so that an old message can't be sent again.
 *
 * @param at milliseconds since the Unix epoch
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signedHeaders(id: string, at: number, body: string, key: Buffer): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
