import type { IncomingHttpHeaders } from 'node:http';

/** A request that came whole in one read and leaves nothing to interpretation. */
export interface PlainRequest {
  readonly url: string;
  /** By lower-case name, as node:http would give them. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Longer heads are left to node:http, which has a limit and an answer for them. */
const longestHead = 8192;

const start = 'POST /';
const version = ' HTTP/1.1\r\n';
const [tab, lineFeed, carriageReturn, space, colon, tilde] = [9, 10, 13, 32, 58, 126];

/** Headers that change how the rest of a connection is read or written: what they mean is node:http's business. */
const meaningful = new Set(['transfer-encoding', 'expect', 'upgrade', 'trailer', 'te', 'proxy-connection']);

/** Characters of a header's name (RFC 9110, token). */
const isToken = Uint8Array.from({ length: 128 }, (_, code) =>
  /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/**
 * Reads bytes as one POST request with a body of known length, or gives undefined where they are anything else: a part
 * of a request, more than one, or one with anything unusual about it. Whatever two readers could understand differently
 * (a header twice, two lengths, bare line ends, folded lines, control characters) is such, so that nothing can be
 * smuggled past: node:http reads those, and refuses what must be refused.
 */
export function parsePlainRequest(bytes: Buffer): PlainRequest | undefined {
  const text = bytes.toString('latin1', 0, longestHead);
  if (!text.startsWith(start)) return undefined;
  const urlEnd = text.indexOf(' ', start.length);
  if (urlEnd < 0 || !text.startsWith(version, urlEnd)) return undefined;
  const headers: IncomingHttpHeaders = {};
  let position = urlEnd + version.length;
  while (text.charCodeAt(position) !== carriageReturn) {
    const nameEnd = endOfName(text, position);
    const lineEnd = endOfLine(text, nameEnd);
    if (nameEnd === position || lineEnd < 0) return undefined;
    const name = text.slice(position, nameEnd).toLowerCase();
    if (name in headers || meaningful.has(name)) return undefined;
    headers[name] = valueBetween(text, nameEnd + 1, lineEnd);
    position = lineEnd + 2;
  }
  if (text.charCodeAt(position + 1) !== lineFeed) return undefined;
  const { host, connection, 'content-length': length } = headers;
  if (host === undefined || length === undefined || !/^\d{1,8}$/.test(length)) return undefined;
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return undefined;
  const bodyStart = position + 2;
  if (bytes.length !== bodyStart + Number(length)) return undefined;
  const url = text.slice(start.length - 1, urlEnd);
  return /^[\x21-\x7e]+$/.test(url) ? { url, headers, body: bytes.subarray(bodyStart) } : undefined;
}

/** Where the colon after a header's name stands; `from` where there is no such name. */
function endOfName(text: string, from: number): number {
  let position = from;
  while (isToken[text.charCodeAt(position)] === 1) position++;
  return text.charCodeAt(position) === colon ? position : from;
}

/** Where the line end after printable characters stands; -1 where other characters come first. */
function endOfLine(text: string, from: number): number {
  let position = from;
  for (; position < text.length; position++) {
    const code = text.charCodeAt(position);
    if ((code < space && code !== tab) || code > tilde) break;
  }
  return text.charCodeAt(position) === carriageReturn && text.charCodeAt(position + 1) === lineFeed ? position : -1;
}

/** The text between two places without the blanks around it. */
function valueBetween(text: string, from: number, to: number): string {
  let first = from;
  let last = to;
  while (first < last && isBlank(text.charCodeAt(first))) first++;
  while (last > first && isBlank(text.charCodeAt(last - 1))) last--;
  return text.slice(first, last);
}

function isBlank(code: number): boolean {
  return code === space || code === tab;
}
