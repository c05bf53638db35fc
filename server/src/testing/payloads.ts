import type { Payload } from '../codecs/codec.ts';

/** A body of /invocations for a codec; objects become JSON. */
export function payloadOf(body: Buffer | string | object, jsonLength?: string): Payload {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const mediaType = { name: 'x', parameters: new Map<string, string>() };
  return { protocol: 'invocations', mediaType, jsonLength, body: bytes, maxBytes: 1e9 };
}
