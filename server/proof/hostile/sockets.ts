import { connect } from 'node:net';
import type { SeededRandom } from './seeded-random.ts';
import type { Target } from './targets.ts';

/** What is written on a connection of its own, in pieces, and how many answers may come back at most. */
export interface Conversation {
  readonly kind: string;
  readonly pieces: readonly string[];
  readonly pauseMilliseconds: number;
  /** Hang up after the last piece instead of waiting for the answer. */
  readonly abort: boolean;
  readonly mostAnswers: number;
  /** Answers 200 that must come. */
  readonly goodAnswers: number;
}

/** Uploads that break off or crawl, pipelining, and requests whose length two readers would see differently. */
export function hostileConversation(random: SeededRandom, { path, body }: Target['good']): Conversation {
  // In latin1, as it is written to the socket: one character a byte.
  const good = Buffer.from(JSON.stringify(body)).toString('latin1');
  const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`;
  const goodRequest = `${head}Content-Length: ${good.length}\r\n\r\n${good}`;
  const base = { pauseMilliseconds: 0, abort: false, mostAnswers: 1, goodAnswers: 0 };
  switch (random.below(9)) {
    case 0:
      return {
        ...base,
        kind: 'aborted upload',
        pieces: [`${head}Content-Length: ${10 + random.below(1e6)}\r\n\r\n{"features":[1`],
        abort: true,
        mostAnswers: 0,
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
        goodAnswers: 1,
      };
    case 2: {
      const count = 2 + random.below(20);
      return {
        ...base,
        kind: 'pipelining',
        pieces: [goodRequest.repeat(count)],
        mostAnswers: count,
        goodAnswers: count,
      };
    }
    case 3:
      return {
        ...base,
        kind: 'length and chunks',
        pieces: [
          `${head}Content-Length: ${random.pick([4, 5, 200])}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${goodRequest}`,
        ],
      };
    case 4:
      return {
        ...base,
        kind: 'two lengths',
        pieces: [`${head}Content-Length: ${good.length}\r\nContent-Length: ${random.pick([0, 5, 99])}\r\n\r\n${good}`],
      };
    case 5:
      return {
        ...base,
        kind: 'bad chunks',
        pieces: [
          `${head}Transfer-Encoding: chunked\r\n\r\n${random.pick(['zz\r\n', '-1\r\n', 'fffffffffffffffff\r\n', '5\r\nab', '1;x=y\r\n{\r\n0\r\n\r\n', ' 1a\r\n'])}`,
        ],
        abort: random.chance(0.5),
      };
    case 6:
      return {
        ...base,
        kind: 'odd encoding',
        pieces: [
          `${head}Transfer-Encoding: ${random.pick(['gzip', 'chunked, identity', 'xchunked', 'chunked\r\nTransfer-Encoding: x'])}\r\n\r\n0\r\n\r\n`,
        ],
        abort: random.chance(0.5),
      };
    case 7:
      return {
        ...base,
        kind: 'huge headers',
        pieces: [`${head}X: ${'x'.repeat(random.pick([10_000, 17_000, 100_000]))}\r\nContent-Length: 2\r\n\r\n{}`],
      };
    default:
      return {
        ...base,
        kind: 'no HTTP',
        pieces: [
          random.pick([
            '\r\n\r\n',
            'GET\r\n\r\n',
            '\u0016\u0003\u0001\u0002\0',
            'POST /invocations HTTP/9.9\r\n\r\n',
            `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`,
            random.bytes(100).toString('latin1'),
          ]),
        ],
        abort: random.chance(0.5),
      };
  }
}

/** A server may well wait for the rest of a broken message: so long is watched whether it says anything wrong meanwhile. */
const watchMilliseconds = 300;

/** Holds a conversation; says what was wrong with it, or nothing. */
export function converse(
  port: number,
  conversation: Conversation,
  answerTimeoutMilliseconds: number,
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
      resolve(problem ?? judge(conversation, statuses()));
    };
    const deadline = setTimeout(
      () => {
        finish(
          conversation.goodAnswers > statuses().length ? `no answer within ${answerTimeoutMilliseconds} ms` : undefined,
        );
      },
      conversation.goodAnswers > 0 ? answerTimeoutMilliseconds : watchMilliseconds,
    );
    socket.on('data', (data) => {
      received += data.toString('latin1');
      clearTimeout(quiet);
      // More answers than allowed would come at once: they are in the server's hands already.
      if (statuses().length >= Math.max(1, conversation.goodAnswers)) quiet = setTimeout(finish, 30);
    });
    socket.on('error', () => {
      finish();
    });
    socket.on('close', () => {
      finish();
    });
    void writePieces(conversation, socket).then(() => {
      if (conversation.abort) finish();
    });
  });
}

async function writePieces(
  { pieces, pauseMilliseconds }: Conversation,
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

function judge(
  { kind, mostAnswers, goodAnswers, abort }: Conversation,
  statuses: readonly number[],
): string | undefined {
  const bad = statuses.find((status) => status >= 500);
  if (bad !== undefined) return `${kind}: status ${bad}`;
  if (!abort && statuses.length > mostAnswers)
    return `${kind}: ${statuses.length} answers (${statuses.join(', ')}), at most ${mostAnswers} expected`;
  const right = statuses.filter((status) => status === 200).length;
  if (right < goodAnswers) return `${kind}: ${right} answers 200, expected ${goodAnswers}`;
  return undefined;
}
