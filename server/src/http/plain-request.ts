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
const lineEnd = '\r\n';
const emptyLine = '\r\n\r\n';
const [tab, space, colon, tilde] = [9, 32, 58, 126];

/** Headers that change how the rest of a connection is read or written: what they mean is node:http's business. */
const meaningful = new Set(['transfer-encoding', 'expect', 'upgrade', 'trailer', 'te', 'proxy-connection']);

/** Characters of a header's name (RFC 9110, token). */
const isToken = Uint8Array.from({ length: 128 }, (_, code) =>
  /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** The head of a plain request, frozen: requests with the same head share one. */
interface PlainHead {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly bodyLength: number;
}

/** Clients repeat their heads but for lengths, unless ids make them long; so many of such a size are remembered. */
const rememberedHeads = 256;
const rememberedCharacters = 512;

/**
 * Makes a reader of bytes as one POST request with a body of known length. It gives undefined where they are anything
 * else: a part of a request, more than one, or one with anything unusual about it. Whatever two readers could
 * understand differently (a header twice, two lengths, bare line ends, folded lines, control characters) is such, so
 * that nothing can be smuggled past: node:http reads those, and refuses what must be refused.
 */
export function createPlainRequestReader(): (bytes: Buffer) => PlainRequest | undefined {
  const known = new Map<string, PlainHead>();
  return (bytes) => {
    const text = bytes.toString('latin1', 0, longestHead);
    const bodyStart = text.indexOf(emptyLine) + emptyLine.length;
    if (bodyStart < emptyLine.length) return undefined;
    let head = known.get(text.slice(0, bodyStart));
    if (head === undefined) {
      // A copy, which does not keep the body in memory as a part of the text would.
      const copy = bytes.toString('latin1', 0, bodyStart);
      head = parsePlainHead(copy);
      if (head === undefined) return undefined;
      if (known.size >= rememberedHeads) known.clear();
      if (copy.length <= rememberedCharacters) known.set(copy, head);
    }
    if (bytes.length !== bodyStart + head.bodyLength) return undefined;
    return { url: head.url, headers: head.headers, body: bytes.subarray(bodyStart) };
  };
}

/** Reads all up to and with the empty line; undefined where it is not the head of a plain request. */
function parsePlainHead(text: string): PlainHead | undefined {
  const urlEnd = text.indexOf(' ', start.length);
  if (!text.startsWith(start) || !text.startsWith(version, urlEnd)) return undefined;
  const url = text.slice(start.length - 1, urlEnd);
  const headers: IncomingHttpHeaders = {};
  let position = urlEnd + version.length;
  while (position < text.length - lineEnd.length) {
    const nameEnd = endOfName(text, position);
    const valueEnd = endOfValue(text, nameEnd);
    if (nameEnd === position || !text.startsWith(lineEnd, valueEnd)) return undefined;
    const name = text.slice(position, nameEnd).toLowerCase();
    if (name in headers || meaningful.has(name)) return undefined;
    headers[name] = valueBetween(text, nameEnd + 1, valueEnd);
    position = valueEnd + lineEnd.length;
  }
  const { host, connection, 'content-length': length } = headers;
  if (!/^[\x21-\x7e]+$/.test(url) || host === undefined || !/^\d{1,8}$/.test(length ?? '')) return undefined;
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return undefined;
  return { url, headers: Object.freeze(headers), bodyLength: Number(length) };
}

/** Where the colon after a header's name stands; `from` where there is no such name. */
function endOfName(text: string, from: number): number {
  let position = from;
  while (isToken[text.charCodeAt(position)] === 1) position++;
  return text.charCodeAt(position) === colon ? position : from;
}

/** Where the printable characters of a value end. */
function endOfValue(text: string, from: number): number {
  let position = from;
  for (; position < text.length; position++) {
    const code = text.charCodeAt(position);
    if ((code < space && code !== tab) || code > tilde) break;
  }
  return position;
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
