import { STATUS_CODES } from 'node:http';

/** The head of a response on a connection that stays open unless its headers say otherwise; ends with an empty line. */
export function renderHead(status: number, headers: readonly string[], date: string, keepAliveSeconds: number): string {
  let head = status === 200 ? 'HTTP/1.1 200 OK\r\n' : `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`;
  let closes = false;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    if (name === 'connection') closes = true;
    head += `${name}: ${headers[index + 1] ?? ''}\r\n`;
  }
  head += `Date: ${date}\r\n`;
  return closes ? `${head}\r\n` : `${head}Connection: keep-alive\r\nKeep-Alive: timeout=${keepAliveSeconds}\r\n\r\n`;
}

/** The text of a Date header; made anew once a second. `now` gives milliseconds of wall-clock time. */
export function createHttpDate(now: () => number): () => string {
  let second = Number.NaN;
  let text = '';
  return () => {
    const current = Math.floor(now() / 1000);
    if (current !== second) {
      second = current;
      text = new Date(current * 1000).toUTCString();
    }
    return text;
  };
}
