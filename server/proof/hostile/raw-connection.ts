import { connect } from 'node:net';
import type { Choices } from './seeded-choices.ts';
import type { Target } from './targets.ts';

/** The pieces to write on a new connection, and the allowed responses. */
export interface RawConnection {
  readonly kind: string;
  readonly pieces: readonly string[];
  readonly pauseMilliseconds: number;
  /** Close after the last piece instead of waiting for the response. */
  readonly abort: boolean;
  readonly mostResponses: number;
  /** Required responses with status 200. */
  readonly goodResponses: number;
}

/** Aborted and slow uploads, pipelining, and requests of ambiguous length. */
export function hostileConnection(choices: Choices, { path, body }: Target['good']): RawConnection {
  // In latin1, like the socket's encoding: one character for each byte.
  const good = Buffer.from(JSON.stringify(body)).toString('latin1');
  const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`;
  const goodRequest = `${head}Content-Length: ${good.length}\r\n\r\n${good}`;
  const base = { pauseMilliseconds: 0, abort: false, mostResponses: 1, goodResponses: 0 };
  switch (choices.below(9)) {
    case 0:
      return {
        ...base,
        kind: 'aborted upload',
        pieces: [`${head}Content-Length: ${10 + choices.below(1e6)}\r\n\r\n{"features":[1`],
        abort: true,
        mostResponses: 0,
      };
    case 1:
      return {
        ...base,
        kind: 'slow upload',
        pieces: [
          `${head}Content-Length: ${good.length}\r\n\r\n`,
          ...(good.match(new RegExp(`.{1,${Math.ceil(good.length / 4)}}`, 'gs')) ?? []),
        ],
        pauseMilliseconds: 20,
        goodResponses: 1,
      };
    case 2: {
      const count = 2 + choices.below(20);
      return {
        ...base,
        kind: 'pipelining',
        pieces: [goodRequest.repeat(count)],
        mostResponses: count,
        goodResponses: count,
      };
    }
    case 3:
      return {
        ...base,
        kind: 'length and chunks',
        pieces: [
          `${head}Content-Length: ${choices.pick([4, 5, 200])}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${goodRequest}`,
        ],
      };
    case 4:
      return {
        ...base,
        kind: 'two lengths',
        pieces: [`${head}Content-Length: ${good.length}\r\nContent-Length: ${choices.pick([0, 5, 99])}\r\n\r\n${good}`],
      };
    case 5:
      return {
        ...base,
        kind: 'bad chunks',
        pieces: [
          `${head}Transfer-Encoding: chunked\r\n\r\n${choices.pick(['zz\r\n', '-1\r\n', 'fffffffffffffffff\r\n', '5\r\nab', '1;x=y\r\n{\r\n0\r\n\r\n', ' 1a\r\n'])}`,
        ],
        abort: choices.chance(0.5),
      };
    case 6:
      return {
        ...base,
        kind: 'odd encoding',
        pieces: [
          `${head}Transfer-Encoding: ${choices.pick(['gzip', 'chunked, identity', 'xchunked', 'chunked\r\nTransfer-Encoding: x'])}\r\n\r\n0\r\n\r\n`,
        ],
        abort: choices.chance(0.5),
      };
    case 7:
      return {
        ...base,
        kind: 'huge headers',
        pieces: [`${head}X: ${'x'.repeat(choices.pick([10_000, 17_000, 100_000]))}\r\nContent-Length: 2\r\n\r\n{}`],
      };
    default:
      return {
        ...base,
        kind: 'no HTTP',
        pieces: [
          choices.pick([
            '\r\n\r\n',
            'GET\r\n\r\n',
            '\u0016\u0003\u0001\u0002\0',
            'POST /invocations HTTP/9.9\r\n\r\n',
            `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`,
            choices.bytes(100).toString('latin1'),
          ]),
        ],
        abort: choices.chance(0.5),
      };
  }
}

/** The server may wait for the rest of a broken message: responses are collected for this time. */
const watchMilliseconds = 300;

/** Writes the pieces and reads the responses; returns the failure, or undefined. */
export function runRawConnection(
  port: number,
  connection: RawConnection,
  timeoutMilliseconds: number,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    let quiet: NodeJS.Timeout | undefined;
    const statuses = (): number[] => [...received.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));
    const finish = (problem?: string): void => {
      clearTimeout(deadline);
      clearTimeout(quiet);
      socket.destroy();
      resolve(problem ?? checkStatuses(connection, statuses()));
    };
    const deadline = setTimeout(
      () => {
        finish(connection.goodResponses > statuses().length ? `no answer within ${timeoutMilliseconds} ms` : undefined);
      },
      connection.goodResponses > 0 ? timeoutMilliseconds : watchMilliseconds,
    );
    socket.on('data', (data) => {
      received += data.toString('latin1');
      clearTimeout(quiet);
      // Further responses would follow at once: the server has all pieces.
      if (statuses().length >= Math.max(1, connection.goodResponses)) quiet = setTimeout(finish, 30);
    });
    socket.on('error', () => {
      finish();
    });
    socket.on('close', () => {
      finish();
    });
    void writePieces(connection, socket).then(() => {
      if (connection.abort) finish();
    });
  });
}

async function writePieces(
  { pieces, pauseMilliseconds }: RawConnection,
  socket: ReturnType<typeof connect>,
): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return;
    await new Promise<void>((resolve) => {
      socket.write(piece, 'latin1', () => {
        resolve();
      });
    });
    if (pauseMilliseconds > 0) await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
  }
}

function checkStatuses(
  { kind, mostResponses, goodResponses, abort }: RawConnection,
  statuses: readonly number[],
): string | undefined {
  const bad = statuses.find((status) => status >= 500);
  if (bad !== undefined) return `${kind}: status ${bad}`;
  if (!abort && statuses.length > mostResponses)
    return `${kind}: ${statuses.length} responses (${statuses.join(', ')}), at most ${mostResponses} expected`;
  const right = statuses.filter((status) => status === 200).length;
  if (right < goodResponses) return `${kind}: ${right} responses with 200, expected ${goodResponses}`;
  return undefined;
}
